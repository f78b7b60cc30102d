/* The reply editor: what is typed is checked and saved by the server while one types; nothing is decided here. */
(function () {
  "use strict";
  if (window.yixianReply) { return; }
  window.yixianReply = true;
  var WAIT = 700, AGAIN = 6000, timer = null, running = false, once_more = false;

  function editor() { return document.querySelector(".editor0[data-reply]"); }
  function panel() { return document.getElementById("reply-check"); }
  function say(text) {
    var place = panel() && panel().querySelector("[data-lost]");
    if (place) { place.hidden = !text; place.textContent = text; place.classList.toggle("lost0", Boolean(text)); }
  }
  function token() {
    var cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    return cookie ? cookie[1] : "";
  }
  function typed(form) {
    var data = new FormData(form);
    Array.prototype.slice.call(form.querySelectorAll("input[type=file]")).forEach(function (box) { data.delete(box.name); });
    return data;
  }
  function later(wait) { clearTimeout(timer); timer = setTimeout(check, wait); }
  function check() {
    var place = editor(), form = place && place.closest("form");
    if (!form) { return; }
    if (running) { once_more = true; return; }
    running = true;
    send(place, typed(form)).then(function () {
      running = false;
      if (once_more) { once_more = false; later(WAIT); }
    });
  }
  function send(place, data) {
    return fetch(place.dataset.reply, {
      method: "POST", body: data, credentials: "same-origin", headers: { "X-CSRFToken": token(), "HX-Request": "true" }
    }).then(function (answer) {
      if (answer.status === 401 || answer.redirected) {
        say("登录已过期。您写的内容还在本页, 提交时会请您登录, 登录后恢复。");
        return null;
      }
      if (!answer.ok) { say("暂时没有核对成, 您写的内容还在本页。"); return null; }
      return answer.text().then(function (html) {
        if (!panel() || editor() !== place) { return; }
        panel().innerHTML = html;
        if (window.htmx) { window.htmx.process(panel()); }
        var root = panel().querySelector("[data-version]"), field = place.querySelector("[name=draft_version]");
        if (root && field) { field.value = root.dataset.version; }
      });
    }, function () {
      say("没有连上服务器, 您写的内容还在本页, 连上以后自动暂存。");
      later(AGAIN);
    });
  }
  function grow(box) {
    box.style.height = "auto";
    box.style.height = Math.min(box.scrollHeight + 2, 420) + "px";
  }
  document.addEventListener("input", function (event) {
    var form = event.target.closest("form");
    if (!form || !form.querySelector(".editor0")) { return; }
    var changed = event.target.closest(".edit0");
    if (changed && event.target.name !== "text.edit") {
      var tick = changed.querySelector("[name='text.edit']");
      if (tick) { tick.checked = true; }
    }
    if (event.target.tagName === "TEXTAREA") { grow(event.target); }
    later(WAIT);
  });
  document.addEventListener("focusin", function (event) {
    if (event.target.tagName !== "TEXTAREA" || !event.target.closest(".sheet0")) { return; }
    Array.prototype.slice.call(document.querySelectorAll(".editor0 [data-insert]")).forEach(function (button) {
      button.dataset.insert = event.target.id;
    });
  });
  /* In a line of the template Enter goes on to the next blank; it must not send the reply. */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.ctrlKey || event.isComposing || !event.target.matches(".sheet0 input")) { return; }
    event.preventDefault();
    var boxes = Array.prototype.slice.call(event.target.closest(".sheet0").querySelectorAll(".box"));
    var next = boxes[boxes.indexOf(event.target) + 1];
    if (next) { next.focus(); }
  });
  document.addEventListener("click", function (event) {
    var drop = event.target.closest("[data-drop-draft]"), place = editor();
    if (!drop || !place) { return; }
    var form = place.closest("form"), data = new FormData(form);
    data.append("drop", "1");
    Array.prototype.slice.call(place.querySelectorAll(".box")).forEach(function (box) { box.value = ""; });
    drop.closest(".note").remove();
    send(place, data);
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (!event.detail.target.querySelector || !event.detail.target.querySelector(".editor0")) { return; }
    Array.prototype.slice.call(document.querySelectorAll(".sheet0 textarea")).forEach(grow);
    var place = event.detail.target;
    setTimeout(function () { place.scrollIntoView({ block: "start" }); }, 60);
  });

  /* How long an extension is: the server says what would follow. */
  document.addEventListener("input", function (event) {
    var place = document.querySelector("[data-extension]");
    if (!place || event.target.form !== place.closest("form")) { return; }
    clearTimeout(place.waiting);
    place.waiting = setTimeout(function () {
      fetch(place.dataset.extension, {
        method: "POST", body: typed(event.target.form), credentials: "same-origin",
        headers: { "X-CSRFToken": token(), "HX-Request": "true" }
      }).then(function (answer) { return answer.ok ? answer.text() : ""; }, function () { return ""; }).then(function (html) {
        if (html) { place.innerHTML = html; if (window.htmx) { window.htmx.process(place); } }
      });
    }, WAIT);
  });
})();

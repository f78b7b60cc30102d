/* The agent desk's movement: keys, what ends the call, the place, and the keeping of what was typed.
   Nothing here decides: every step is a form the server reads. */
(function () {
  "use strict";
  var form = document.getElementById("call");
  if (!form) { return; }
  var text = document.getElementById("f-text"), place = document.getElementById("f-place");
  var phone = document.getElementById("f-requester-phone"), kept = document.getElementById("kept");
  var EVERY = 3000, timer = null, dirty = false, saving = null, leaving = false, stale = false;

  function all(selector) { return Array.prototype.slice.call(form.querySelectorAll(selector)); }
  function changed(field) { field.dispatchEvent(new Event("input", { bubbles: true })); field.dispatchEvent(new Event("change", { bubbles: true })); }
  function token() { var found = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie); return found ? found[1] : form.elements.csrfmiddlewaretoken.value; }
  function say(words, lost) { kept.textContent = words; kept.classList.toggle("lost", Boolean(lost)); }

  /* ---- keeping what was typed ---- */
  function worth() {
    return Boolean(text.value.trim() || phone.value.trim() || place.value.trim() || form.elements["requester.name"].value.trim());
  }
  function content() {
    var data = new FormData(form), body = new URLSearchParams();
    data.forEach(function (value, name) { if (typeof value === "string" && value) { body.append(name, value); } });
    body.set("csrfmiddlewaretoken", token());
    return body;
  }
  function keep(last) {
    if (stale || !worth()) { return Promise.resolve(200); }
    clearTimeout(timer); timer = null; dirty = false;
    if (saving && !last) { dirty = true; return saving; }
    saving = fetch(form.dataset.draft, { method: "POST", body: content(), keepalive: Boolean(last), credentials: "same-origin", headers: { "X-CSRFToken": token() } })
      .then(function (answer) {
        saving = null;
        if (answer.status === 401) { say("登录已过期, 内容还在本页; 提交时会先请您登录", true); return 401; }
        return answer.json().then(function (told) {
          if (answer.ok) { form.elements.draft_id.value = told.id; form.elements.draft_version.value = told.version; say("已暂存 " + told.at); if (dirty) { later(); } }
          else if (answer.status === 404 || answer.status === 409) { stale = true; say(told.said + " 本页不再自动暂存, 内容还在。", true); }
          else { say(told.said, true); }
          return answer.status;
        }, function () { say("暂存没有成功, 内容还在本页", true); return answer.status; });
      }, function (error) { saving = null; dirty = true; say("没有连上服务器, 内容还在本页", true); throw error; });
    return saving;
  }
  function later() { dirty = true; if (!timer) { timer = setTimeout(function () { keep().catch(function () { later(); }); }, EVERY); } }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  function flush() { if (dirty && !leaving) { keep(true).catch(function () {}); } }
  document.addEventListener("visibilitychange", function () {
    /* One save at a time: a second one beside it would pass for another window's, and end the keeping. */
    if (document.visibilityState === "hidden") { if (saving) { saving.then(flush, flush); } else { flush(); } }
  });
  window.addEventListener("pagehide", flush);

  /* Sending leaves the page only when the server can be reached: what was typed is kept there first. */
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    leaving = true; clearTimeout(timer);
    Promise.resolve(saving).catch(function () {}).then(function () { return keep(); }).then(function () {
      form.elements.csrfmiddlewaretoken.value = token();
      form.submit();
    }, function () {
      leaving = false; delete form.dataset.sent;
      document.dispatchEvent(new CustomEvent("htmx:sendError"));
    });
  });
  document.getElementById("next-call").addEventListener("click", function (event) {
    var there = this.href;
    event.preventDefault(); leaving = true;
    keep().then(function (status) {
      if (status < 400) { window.location.href = there; } else { leaving = false; }
    }, function () { leaving = false; document.dispatchEvent(new CustomEvent("htmx:sendError")); });
  });

  /* ---- what ends the call ---- */
  var said = document.getElementById("end-said"), joined = document.getElementById("joined");
  var FIRST = { register: "登记", supplement: "补充原工单", urge: "催办原工单" };
  function ending(name, label, number) {
    form.elements.ending.value = name;
    form.elements.target.value = number || "";
    all("[data-second]").forEach(function (part) {
      var open = part.dataset.second === name;
      part.hidden = !open; part.disabled = !open;
      if (open) { var box = part.querySelector("input:not([type=hidden]), textarea, select"); if (box) { box.focus({ preventScroll: true }); } part.scrollIntoView({ block: "nearest" }); }
    });
    all(".ag-tabs [data-ending]").forEach(function (tab) { tab.setAttribute("aria-expanded", String(tab.dataset.ending === name)); });
    said.textContent = label || FIRST[name] || FIRST.register;
    joined.hidden = !number && !same();
    if (number) { document.getElementById("joined-said").textContent = (name === "urge" ? "将催办 " : "将补充到 ") + number + ", 不另立工单"; }
    else if (same()) { document.getElementById("joined-said").textContent = "将按重复反映登记, 同一事项: " + same(); }
    later();
  }
  function same(value) {
    var field = form.elements.same_as;
    if (!field) { return ""; }
    if (value !== undefined) { field.value = value; changed(field); }
    return field.value;
  }

  /* ---- the place ---- */
  var tree = document.getElementById("tree"), opener = form.querySelector("[data-tree]");
  function walk(under) {
    fetch(tree.dataset.url + (under ? "?under=" + encodeURIComponent(under) : ""), { credentials: "same-origin", headers: { "HX-Request": "true" } })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (html) {
        if (!html) { return; }
        tree.innerHTML = html; tree.hidden = false; opener.setAttribute("aria-expanded", "true");
        var first = tree.querySelector(".ag-treelist button"); if (first) { first.focus({ preventScroll: true }); }
      }, function () {});
  }
  function shut() { tree.hidden = true; opener.setAttribute("aria-expanded", "false"); }
  function put(full, over) {
    var found = document.querySelector("#place-found [data-rest]");
    var rest = over && found ? found.dataset.rest : "";
    if (rest && full.indexOf(rest) >= 0) { rest = ""; }
    place.value = rest ? full + " · " + rest : full;
    changed(place); place.focus({ preventScroll: true });
  }

  document.addEventListener("click", function (event) {
    var at = event.target.closest("[data-ending], [data-join], [data-tree], [data-under], [data-place], [data-shut]");
    if (!tree.hidden && !event.target.closest(".ag-place")) { shut(); }
    if (!at || !form.contains(at)) {
      /* A click on a category or a tick leaves the hands on the keyboard: back to the words. */
      var tick = event.target.closest(".ag-kinds input, .ag-ticks input, .ag-urgent input, .ag-told input");
      if (tick && event.screenX) { text.focus({ preventScroll: true }); }
      return;
    }
    if (at.dataset.ending) {
      var again = at.dataset.ending === form.elements.ending.value || at.dataset.ending === "register";
      if (at.dataset.ending === "register") { same(""); }
      if (again) { ending("register"); text.focus({ preventScroll: true }); } else { ending(at.dataset.ending, at.dataset.button); }
    }
    if (at.dataset.join === "same") { same(at.dataset.number); ending("register", "按重复反映登记"); text.focus({ preventScroll: true }); }
    else if (at.dataset.join) { same(""); ending(at.dataset.join, FIRST[at.dataset.join], at.dataset.number); text.focus({ preventScroll: true }); }
    if (at.dataset.tree !== undefined) { if (tree.hidden) { walk(""); } else { shut(); } }
    if (at.dataset.under !== undefined) { walk(at.dataset.under); }
    if (at.dataset.place !== undefined) { put(at.dataset.place, at.dataset.over !== undefined); }
    if (at.dataset.shut !== undefined) { shut(); }
  });

  /* ---- keys ---- */
  function choose(digit) {
    var box = form.querySelector("[data-digit='" + digit + "']");
    if (box) { box.checked = true; changed(box); }
    return Boolean(box);
  }
  document.addEventListener("keydown", function (event) {
    var at = event.target, typing = /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && !/^(checkbox|radio|button|file)$/.test(at.type);
    var digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code || "");
    if (digit && !event.ctrlKey && !event.metaKey && !event.shiftKey && (event.altKey || !typing)) {
      if (choose(digit[1])) { event.preventDefault(); }
    } else if (event.ctrlKey && event.key === "Enter" && !form.contains(at)) {
      event.preventDefault(); form.requestSubmit();
    } else if (event.altKey && event.code === "KeyP") { event.preventDefault(); phone.focus(); phone.select(); }
    else if (event.altKey && event.code === "KeyW") { event.preventDefault(); place.focus(); }
    else if (event.altKey && event.code === "KeyS") { event.preventDefault(); document.getElementById("next-call").click(); }
    else if (event.key === "Escape" && !document.querySelector(".drawer")) {
      if (!tree.hidden) { shut(); }
      else if (form.contains(at) || at === document.body) { text.focus({ preventScroll: true }); }
    } else if (event.key === "Enter" && !event.ctrlKey && at.tagName === "INPUT" && form.contains(at) && !event.isComposing) {
      /* Enter in a line never sends the call by accident. */
      event.preventDefault();
      if (at.dataset.enter) { document.getElementById(at.dataset.enter).click(); }
      else if (at === phone) { text.focus({ preventScroll: true }); }
    }
  });

  /* ---- what refreshes beside: quietly, never under the hand, never with a login page ---- */
  var waiting = null;
  document.addEventListener("htmx:configRequest", function (event) {
    if (form.contains(event.detail.elt) && event.detail.parameters.csrfmiddlewaretoken) { event.detail.parameters.csrfmiddlewaretoken = token(); }
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    var asked = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (!asked || !form.contains(asked)) { return; }
    if (event.detail.xhr.status === 401) { event.detail.shouldSwap = false; say("登录已过期, 内容还在本页; 提交时会先请您登录", true); return; }
    if (asked.id === "beside" && (asked.matches(":hover") && asked.querySelector(".ag-list") || asked.contains(document.activeElement))) {
      event.detail.shouldSwap = false; waiting = asked;
    }
  });
  function catchUp() { if (waiting) { waiting = null; window.htmx.trigger("#beside", "again"); } }
  document.getElementById("beside").addEventListener("mouseleave", catchUp);
  document.getElementById("beside").addEventListener("focusout", function () { setTimeout(catchUp, 0); });

  document.getElementById("f-file").addEventListener("change", function () {
    var files = Array.prototype.slice.call(this.files);
    document.getElementById("files-said").textContent = files.length ? files.length + " 个: " + files.map(function (file) { return file.name; }).join("、").slice(0, 60) : "";
  });
  if (same() || form.elements.target.value) { ending(form.elements.ending.value, said.textContent, form.elements.target.value); text.focus({ preventScroll: true }); dirty = false; clearTimeout(timer); timer = null; }
})();

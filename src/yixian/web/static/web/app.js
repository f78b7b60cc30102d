/* The little movement our pages need: clocks that count down, keys in lists, toasts, drawers, copying, counters.
   Every page works without it. No inline handlers: behaviour hangs on data attributes. */
(function () {
  "use strict";
  var MINUTE = 60, HOUR = 3600, DAY = 86400;
  var drift = null;

  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
  function now() {
    if (drift === null) {
      var stamp = document.querySelector("meta[name=server-now]");
      drift = stamp ? Number(stamp.content) - Math.floor(Date.now() / 1000) : 0;
    }
    return Math.floor(Date.now() / 1000) + drift;
  }

  /* The same words as present/clocks.py gives, over the same spans that do not count. */
  function measure(from, to, free) {
    var total = to - from;
    free.forEach(function (span) {
      var overlap = Math.min(to, span[1]) - Math.max(from, span[0]);
      if (overlap > 0) { total -= overlap; }
    });
    return total;
  }
  function words(seconds, form) {
    var whole, rest;
    if (form === "wd" || form === "d") {
      whole = Math.floor(seconds / DAY); rest = Math.floor((seconds % DAY) / HOUR);
      if (whole) { return whole + (form === "wd" ? " 个工作日" : " 天") + (rest ? " " + rest + " 小时" : ""); }
    }
    whole = Math.floor(seconds / HOUR); rest = Math.floor((seconds % HOUR) / MINUTE);
    if (form === "wh" && whole) { return whole + " 个工作小时" + (rest ? " " + rest + " 分钟" : ""); }
    if (whole >= 24) { return whole + " 小时"; }
    if (whole) { return whole + " 小时" + (rest ? " " + rest + " 分钟" : ""); }
    return Math.max(1, rest) + " 分钟";
  }
  function tick() {
    var moment = now();
    all("[data-due]").forEach(function (place) {
      var due = Number(place.dataset.due), late = moment > due;
      var free = place.dataset.free ? place.dataset.free.split(",").map(function (span) {
        var ends = span.split("-"); return [Number(ends[0]), Number(ends[1])];
      }) : [];
      var left = late ? measure(due, moment, free) : measure(moment, due, free);
      var form = place.dataset.form;
      if (left <= 0) { left = Math.abs(moment - due); form = "h"; }
      var text = (late ? "已超 " : "还剩 ") + words(left, form);
      if (place.textContent !== text) { place.textContent = text; }
      if (late) { var chip = place.closest(".clock, .mini"); if (chip) { chip.classList.remove("today"); chip.classList.add("late"); } }
    });
  }

  /* Messages that stand for a while. A swap of the whole page takes their place away: they move to the new one. */
  var standing = [];
  function toast(message, error) {
    var box = document.createElement("div"), text = document.createElement("p"), close = document.createElement("button");
    box.className = "toast0" + (error ? " error" : ""); box.setAttribute("role", error ? "alert" : "status");
    close.type = "button"; close.dataset.close = ".toast0"; close.setAttribute("aria-label", "关闭"); close.textContent = "×";
    text.textContent = message; box.appendChild(text); box.appendChild(close);
    stand(box);
  }
  function stand(box) {
    if (box.dataset.timed) { return; }
    box.dataset.timed = "1"; standing.push(box); settle();
    setTimeout(function () {
      standing = standing.filter(function (other) { return other !== box; });
      box.remove();
    }, box.classList.contains("error") ? 12000 : 5000);
  }
  function settle() {
    var place = document.querySelector(".toasts");
    if (!place) { return; }
    standing.forEach(function (box) { if (!box.isConnected && !box.dataset.closed) { place.appendChild(box); } });
    all(".toast0:not([data-timed])", place).forEach(stand);
  }
  /* A view says it with the header HX-Trigger: {"toast": {"message": "...", "error": false}}. */
  document.addEventListener("toast", function (event) {
    var said = event.detail || {};
    if (said.message || said.value) { toast(String(said.message || said.value), Boolean(said.error)); }
  });

  /* A list: j/k move, Enter opens, x selects. */
  var here = -1;
  function rows() { return all("table.list tbody tr[data-open]"); }
  function move(step) {
    var lines = rows();
    if (!lines.length) { return; }
    if (lines[here]) { lines[here].classList.remove("here"); }
    here = Math.max(0, Math.min(lines.length - 1, here + step));
    lines[here].classList.add("here"); lines[here].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", function (event) {
    var at = event.target, typing = /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "checkbox";
    if (event.key === "Escape") {
      var drawer = document.querySelector(".drawer");
      if (drawer) { shut(drawer); return; }
      if (document.body.classList.contains("rail-open")) { rail(false); document.querySelector("[data-rail]").focus(); return; }
      if (typing && at.closest(".find")) { at.blur(); }
      return;
    }
    if (event.key === "F1") {
      var asked = document.querySelector(".helpbtn");
      if (asked) { event.preventDefault(); asked.click(); }
      return;
    }
    if (event.ctrlKey && event.key === "Enter" && at.form) { event.preventDefault(); at.form.requestSubmit(); return; }
    if (typing || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (event.key === "/") {
      var find = document.querySelector(".find input");
      if (find) { event.preventDefault(); find.focus(); find.select(); }
    } else if (event.key === "?") {
      keys();
    } else if (event.key === "j") { move(1); } else if (event.key === "k") { move(-1); } else if (event.key === "Enter" && rows()[here] && at === document.body) {
      window.location.href = rows()[here].dataset.open;
    } else if (event.key === "x" && rows()[here]) {
      var box = rows()[here].querySelector(".pick input");
      if (box) { box.checked = !box.checked; picked(); }
    }
  });
  function keys() { var box = document.getElementById("keys"); if (box && box.showModal) { box.showModal(); } }
  /* A drawer takes the focus while it is open and gives it back to what opened it. */
  var opener = null;
  function shut(drawer) {
    drawer.remove();
    if (opener && opener.isConnected) { opener.focus({ preventScroll: true }); }
    opener = null;
  }
  function rail(open) {
    document.body.classList.toggle("rail-open", open);
    all("[data-rail]").forEach(function (button) { button.setAttribute("aria-expanded", String(open)); });
    if (open) { var first = document.querySelector(".rail a"); if (first) { first.focus({ preventScroll: true }); } }
  }
  function picked() {
    var bar = document.querySelector("[data-picked]");
    if (!bar) { return; }
    var count = all(".pick input:checked", document.querySelector("table.list tbody")).length;
    bar.hidden = !count;
    all("[data-picked-count]", bar).forEach(function (place) { place.textContent = String(count); });
  }

  document.addEventListener("click", function (event) {
    var at = event.target.closest("[data-copy], [data-close], [data-rail], [data-print], [data-pick-all], [data-keys]");
    all("details.menu[open], .chips details[open]").forEach(function (menu) { if (!menu.contains(event.target)) { menu.open = false; } });
    if (!at) {
      if (document.body.classList.contains("rail-open") && !event.target.closest(".rail")) { rail(false); }
      return;
    }
    if (at.dataset.copy !== undefined && navigator.clipboard) {
      navigator.clipboard.writeText(at.dataset.copy).then(function () { toast("已复制 " + at.dataset.copy); }, function () {});
    }
    if (at.dataset.close !== undefined) {
      event.preventDefault();
      var box = at.closest(at.dataset.close || ".toast0");
      if (box && box.close) { box.close(); } else if (box && box.matches(".drawer")) { shut(box); } else if (box) { box.dataset.closed = "1"; box.remove(); }
    }
    if (at.dataset.rail !== undefined) { rail(!document.body.classList.contains("rail-open")); }
    if (at.dataset.keys !== undefined) { keys(); }
    if (at.dataset.print !== undefined) { window.print(); }
    if (at.dataset.pickAll !== undefined) { all("tbody .pick input").forEach(function (box) { box.checked = at.checked; }); picked(); }
  });
  document.addEventListener("change", function (event) { if (event.target.closest(".pick")) { picked(); } });
  document.addEventListener("input", function (event) { count(event.target); });
  function count(box) {
    if (!box.id || !box.maxLength || box.maxLength < 1) { return; }
    var place = document.querySelector("[data-count='" + box.id + "']");
    if (place) { place.textContent = Array.from(box.value).length + " / " + box.maxLength + " 字"; }
  }
  /* A field for files speaks the browser's language, which may be another: our words lie under it, it stays what one
     clicks, drops files on and reaches by keys. Without script it is as the browser shows it. */
  function fields(root) {
    all("input[type=file]:not(.off-screen):not(.filed)", root).forEach(function (box) {
      var face = document.createElement("span"), button = document.createElement("span"), said = document.createElement("span");
      face.className = "filepick"; face.setAttribute("aria-hidden", "true"); button.className = "btn0 small"; button.textContent = "选择文件";
      face.appendChild(button); face.appendChild(said);
      box.parentNode.insertBefore(face, box); box.classList.add("filed"); named(box);
    });
  }
  function named(box) {
    var names = Array.prototype.map.call(box.files, function (file) { return file.name; });
    var below = box.parentNode.querySelector("[data-picked-files]"), many = "已选 " + names.length + " 个";
    if (below && names.length) { names = [many]; } else if (names.length > 1) { names[0] = many + ": " + names.join("、"); }
    box.previousElementSibling.lastChild.textContent = names[0] || (box.multiple ? "未选择, 可以一次选几个" : "未选择");
    box.title = names[0] || "未选择文件";
  }
  document.addEventListener("change", function (event) { if (event.target.matches(".filed")) { named(event.target); } });
  document.addEventListener("reset", function (event) { setTimeout(function () { all(".filed", event.target).forEach(named); }, 0); });
  /* After a login in another tab the form's token is old, the cookie's is not: what was typed must not be lost to that. */
  function refresh(form) {
    var field = form.elements.csrfmiddlewaretoken, cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (field && cookie) { field.value = cookie[1]; }
  }
  /* A form is sent once; the server keeps the key, so that a second sending does nothing. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    refresh(form);
    if (form.method !== "post" || form.dataset.again !== undefined) { return; }
    if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.sent = "1";
    setTimeout(function () { delete form.dataset.sent; }, 8000);
  }, true);

  document.addEventListener("htmx:afterSwap", function (event) {
    tick(); settle(); fields();
    var place = event.detail.target;
    all("textarea[maxlength]", place).forEach(count);
    if (place.id === "drawer" && place.firstElementChild) {
      opener = document.activeElement;
      place.firstElementChild.tabIndex = -1; place.firstElementChild.focus({ preventScroll: true });
      return;
    }
    var by = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (by && by.hasAttribute && by.hasAttribute("data-quiet")) { return; }  /* opened by itself: nothing jumps */
    var first = place.querySelector("[data-first], .bad .box, form .box");
    if (first) { first.focus({ preventScroll: true }); }
    if (place.id === "act" && place.firstElementChild) { place.scrollIntoView({ block: "nearest" }); }
  });
  document.addEventListener("htmx:beforeRequest", function (event) { event.target.setAttribute("aria-busy", "true"); });
  document.addEventListener("htmx:afterRequest", function (event) {
    event.target.removeAttribute("aria-busy");
    if (event.target.dataset) { delete event.target.dataset.sent; }
  });
  /* The session ended while something stands typed: asking for a drawer or a list must not lead away from it. */
  function typed() {
    return all("main textarea, main input").some(function (box) {
      return !/^(hidden|search|checkbox|radio|submit|button)$/.test(box.type) && box.value.trim() && box.value !== box.defaultValue;
    });
  }
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    var to = event.detail.xhr.getResponseHeader("HX-Redirect") || "";
    if (to.indexOf("/login/") !== 0 || !typed()) { return; }
    event.preventDefault();
    toast("登录已过期, 您填的内容还在本页; 提交时会先请您登录。", true);
  });
  document.addEventListener("htmx:sendError", function () { toast("没有连上服务器, 您填的内容还在页面上。请检查网络后再提交一次, 不会重复办理。", true); });
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status >= 500) { toast("服务器暂时没有办成, 您填的内容还在页面上。请稍后再提交一次, 不会重复办理。", true); }
  });

  document.addEventListener("DOMContentLoaded", function () {
    tick(); setInterval(tick, 20000); fields();
    all("textarea[maxlength]").forEach(count);
    settle();
    var first = document.querySelector("[data-first], .summary");
    if (first) { first.focus({ preventScroll: true }); }
  });
})();

/* The first look around: offered once to each role, three steps at real elements; Escape or 不用了 ends it for good. */
(function () {
  "use strict";
  var box = null, steps = [], at = 0, role = "", before = null;

  function seen() {
    var cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie), form = new URLSearchParams();
    var field = document.querySelector("input[name=csrfmiddlewaretoken]"), token = cookie ? cookie[1] : field ? field.value : "";
    form.set("role", role);
    fetch("/help/tour/seen/", { method: "POST", body: form, headers: { "X-CSRFToken": token }, credentials: "same-origin" }).catch(function () {});
  }
  function target(step) {
    var found = document.querySelector("[data-tour='" + step.at + "']");
    return found && found.offsetParent !== null && found.getBoundingClientRect().width ? found : found && getComputedStyle(found).position === "fixed" ? found : null;
  }
  function button(text, main, then) {
    var made = document.createElement("button");
    made.type = "button"; made.className = "btn0 small" + (main ? " main" : ""); made.textContent = text;
    made.addEventListener("click", then);
    return made;
  }
  function close() {
    lit(null);
    if (box) { box.remove(); box = null; }
    if (before && before.isConnected) { before.focus({ preventScroll: true }); }
  }
  function lit(place) {
    Array.prototype.forEach.call(document.querySelectorAll(".tour-lit"), function (one) { one.classList.remove("tour-lit"); });
    if (place) { place.classList.add("tour-lit"); place.scrollIntoView({ block: "nearest" }); }
  }
  function make(title, text, buttons, label) {
    if (box) { box.remove(); }
    box = document.createElement("section");
    box.className = "tourbox noprint"; box.setAttribute("role", "dialog"); box.setAttribute("aria-label", label); box.tabIndex = -1;
    var head = document.createElement("h2"), said = document.createElement("p"), row = document.createElement("div");
    head.textContent = title; said.textContent = text; row.className = "row0";
    buttons.forEach(function (one) { row.appendChild(one); });
    box.appendChild(head); box.appendChild(said); box.appendChild(row);
    document.body.appendChild(box);
  }
  function offer(name) {
    make("第一次来? 用三步看一遍", name + "常用的三处, 一分钟看完。以后也可以在帮助里再看。", [
      button("不用了", false, function () { seen(); close(); }),
      button("看一看", true, function () { before = document.activeElement; at = 0; step(); })
    ], "导览");
    box.classList.add("offer");
  }
  function step() {
    var one = steps[at], place = target(one), buttons = [];
    if (at > 0) { buttons.push(button("上一步", false, function () { at -= 1; step(); })); }
    buttons.push(at < steps.length - 1 ? button("下一步", true, function () { at += 1; step(); }) : button("知道了", true, function () { seen(); close(); }));
    make(one.title, one.text, buttons, "导览, 第 " + (at + 1) + " 步, 共 " + steps.length + " 步");
    lit(place);
    beside(place);
    box.focus({ preventScroll: true });
  }
  function beside(place) {
    if (!place || window.innerWidth < 700) { return; } /* on a phone it stands at the bottom */
    var there = place.getBoundingClientRect(), wide = box.offsetWidth, high = box.offsetHeight, left, top;
    if (there.right + wide + 24 < window.innerWidth && there.height > 200) { left = there.right + 12; top = there.top + 12; } else {
      left = there.left; top = there.bottom + 12;
      if (top + high > window.innerHeight) { top = Math.max(64, there.top + 24); left = there.left - wide - 12 > 8 ? there.left - wide - 12 : there.left + 24; }
    }
    box.style.left = Math.max(8, Math.min(left, window.innerWidth - wide - 8)) + "px";
    box.style.top = Math.max(8, Math.min(top, window.innerHeight - high - 8)) + "px";
    box.style.right = "auto"; box.style.bottom = "auto";
  }
  function begin(again) {
    fetch("/help/tour/" + (again ? "?again=1" : ""), { credentials: "same-origin" }).then(function (answer) { return answer.ok ? answer.json() : null; }).then(function (found) {
      if (!found || !found.role) { return; }
      role = found.role; steps = found.steps.filter(target);
      if (!again && steps.length < found.steps.length) { return; } /* these steps stand on another page */
      if (!steps.length) { return; }
      if (again) { before = document.activeElement; at = 0; step(); } else { offer(found.title); }
    }).catch(function () {});
  }
  document.addEventListener("keydown", function (event) {
    if (!box) { return; }
    if (event.key === "Escape") { event.stopImmediatePropagation(); seen(); close(); }
    else if (!box.classList.contains("offer") && event.key === "ArrowRight" && at < steps.length - 1) { at += 1; step(); }
    else if (!box.classList.contains("offer") && event.key === "ArrowLeft" && at > 0) { at -= 1; step(); }
  }, true);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-tour-again]")) {
      var drawer = document.querySelector(".drawer");
      if (drawer) { drawer.remove(); }
      begin(true);
    }
  });
  document.addEventListener("DOMContentLoaded", function () { if (document.querySelector(".shell[data-tour-role]")) { begin(false); } });
})();

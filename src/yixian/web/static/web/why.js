/* A clock or card explains itself: on hover, focus or tap its article and since when, asked for once and kept a while. */
(function () {
  "use strict";
  var panel = null, owner = null, timer = null, kept = {}, KEEP = 60000, WAIT = 350;

  function numberOf(chip) {
    var place = chip.closest("[data-number], [data-open], li[id^='row-']"), found;
    if (!place) { return ""; }
    if (place.dataset.number) { return place.dataset.number; }
    if (place.id.indexOf("row-") === 0) { return place.id.slice(4); }
    found = /^\/orders\/([^/]+)\/$/.exec(place.dataset.open || "");
    return found ? decodeURIComponent(found[1]) : "";
  }
  function hide() {
    clearTimeout(timer);
    if (panel) { panel.remove(); panel = null; }
    if (owner) { owner.removeAttribute("aria-describedby"); if (owner.was) { owner.title = owner.was; } owner = null; }
  }
  function place(chip) {
    var box = chip.getBoundingClientRect(), wide = panel.offsetWidth, high = panel.offsetHeight;
    var left = Math.max(8, Math.min(box.left, window.innerWidth - wide - 8));
    var top = box.bottom + 6 + high > window.innerHeight && box.top > high + 12 ? box.top - high - 6 : box.bottom + 6;
    panel.style.left = left + "px"; panel.style.top = top + "px";
  }
  function show(chip) {
    var number = numberOf(chip);
    if (!number || owner === chip) { return; }
    hide();
    owner = chip; owner.was = chip.title || owner.was; chip.removeAttribute("title");
    panel = document.createElement("div");
    panel.id = "why"; panel.className = "whybox"; panel.setAttribute("role", "group"); panel.setAttribute("aria-label", "时限和亮牌的依据");
    panel.addEventListener("mouseenter", function () { clearTimeout(timer); });
    panel.addEventListener("mouseleave", later);
    document.body.appendChild(panel);
    chip.setAttribute("aria-describedby", "why");
    fill(number, chip);
  }
  function fill(number, chip) {
    var known = kept[number];
    if (known && Date.now() - known.at < KEEP) { put(known.text, chip); return; }
    panel.innerHTML = "<p class='hush'>正在查…</p>"; place(chip);
    fetch("/live/why/" + encodeURIComponent(number) + "/", { headers: { "HX-Request": "true" }, credentials: "same-origin", redirect: "manual" })
      .then(function (answer) { return answer.ok && !answer.headers.get("HX-Redirect") ? answer.text() : ""; }, function () { return ""; })
      .then(function (text) {
        if (text) { kept[number] = { at: Date.now(), text: text }; }
        if (owner === chip && panel) { put(text || "<p>暂时查不到, 请打开工单查看时限。</p>", chip); }
      });
  }
  function put(text, chip) {
    panel.innerHTML = text;
    if (window.htmx) { window.htmx.process(panel); }
    place(chip);
  }
  function later() { clearTimeout(timer); timer = setTimeout(hide, 250); }
  function chipOf(event) { return event.target.closest ? event.target.closest("[data-why]") : null; }

  function reach(root) {
    /* Chips outside of links can be reached by keys of their own; those inside speak when their link has the focus. */
    Array.prototype.forEach.call((root || document).querySelectorAll("[data-why]"), function (chip) {
      if (chip.tabIndex < 0 && !chip.closest("a, button, summary") && numberOf(chip)) { chip.tabIndex = 0; chip.setAttribute("role", "note"); }
    });
  }
  document.addEventListener("mouseover", function (event) {
    var chip = chipOf(event);
    if (!chip) { return; }
    clearTimeout(timer);
    if (chip !== owner) { timer = setTimeout(function () { show(chip); }, WAIT); }
  });
  document.addEventListener("mouseout", function (event) { if (chipOf(event)) { later(); } });
  document.addEventListener("focusin", function (event) {
    var chip = chipOf(event);
    if (panel && panel.contains(event.target)) { return; }
    if (!chip && event.target.matches && event.target.matches("a[data-row]") && event.target.matches(":focus-visible")) { chip = event.target.querySelector("[data-why]"); }
    if (chip) { clearTimeout(timer); timer = setTimeout(function () { show(chip); }, WAIT); } else if (owner) { hide(); }
  });
  document.addEventListener("focusout", function (event) { if (chipOf(event)) { later(); } });
  document.addEventListener("click", function (event) {
    var chip = chipOf(event);
    if (chip && !chip.closest("a, button, summary")) { show(chip); } else if (panel && !panel.contains(event.target)) { hide(); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && panel) { event.stopImmediatePropagation(); hide(); }
  }, true);
  document.addEventListener("scroll", function () { if (panel) { hide(); } }, true);
  document.addEventListener("live:news", function (event) { (event.detail.orders || []).forEach(function (one) { delete kept[one.number]; }); });
  document.addEventListener("live:changed", function (event) { reach(event.detail.place); if (owner && !owner.isConnected) { hide(); } });
  document.addEventListener("htmx:load", function (event) { reach(event.detail.elt); });
  document.addEventListener("DOMContentLoaded", function () { reach(document); });
})();

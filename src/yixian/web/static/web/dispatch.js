/* The dispatch desk by keys: d opens the form of dispatch, u goes to its unit, a suggestion is taken with a click. */
(function () {
  "use strict";
  if (window.yixianDispatch) { return; }
  window.yixianDispatch = true;
  var OPENS = ["dispatch", "approve_return", "approve_extension", "designate", "accept"];

  function typing(at) { return /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "checkbox"; }
  function field() { return document.querySelector("#act .picker, #act-many .picker"); }
  function focus(picker) {
    var input = picker.querySelector("[data-unit-input]"), chip = picker.querySelector(".unit-chip input");
    var place = input.hidden ? chip : input;
    place.focus(); place.scrollIntoView({ block: "nearest" });
  }
  function open() {
    for (var at = 0; at < OPENS.length; at += 1) {
      var link = document.querySelector("#todo a[href$='/act/" + OPENS[at] + "/']");
      if (link) { link.click(); return; }
    }
  }
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) { return; }
    var form = document.querySelector("#act form[action$='/act/dispatch/']");
    if (event.key === "d") {
      event.preventDefault();
      if (form && field()) { focus(field()); } else { open(); }
    } else if (event.key === "u" && field()) {
      event.preventDefault(); focus(field());
    }
  });
  /* A suggested unit goes into the form that stands open; it was looked up already, so that it needs no typing. */
  document.addEventListener("click", function (event) {
    var row = event.target.closest && event.target.closest("[data-take-unit]"), picker = field();
    if (!row || !picker) { return; }
    picker.dispatchEvent(new CustomEvent("take-unit", { bubbles: true, detail: { code: row.dataset.takeUnit, name: row.dataset.name } }));
    var next = document.querySelector("#act textarea");
    if (next) { next.focus(); }
  });
})();

/* Fields that take a unit: a list by name, pinyin and duty beneath them. Arrows move, Enter takes, Backspace gives back.
   Without script they are text with the names as proposals, and chips are boxes to untick. */
(function () {
  "use strict";
  if (window.yixianUnits) { return; }
  window.yixianUnits = true;
  var timer = null, asked = 0, loading = false;

  function of(place) { return place && place.closest ? place.closest(".picker[data-picker]") : null; }
  function parts(picker) {
    return {
      input: picker.querySelector("[data-unit-input]"), box: picker.querySelector("[data-options]"),
      chosen: picker.querySelector("[data-chosen]"), told: picker.querySelector("[data-told]"),
      several: picker.dataset.several !== undefined
    };
  }
  function all(selector, root) { return Array.prototype.slice.call(root.querySelectorAll(selector)); }

  /* A field is made ready when it is first met: the proposals of the browser go, the list takes their place. */
  function ready(picker) {
    var p = parts(picker);
    if (!picker.dataset.ready) {
      picker.dataset.ready = "1";
      p.input.removeAttribute("list");
      p.input.setAttribute("role", "combobox"); p.input.setAttribute("aria-autocomplete", "list");
      p.input.setAttribute("aria-expanded", "false"); p.input.setAttribute("aria-haspopup", "listbox");
      p.box.id = p.input.id + "-o"; p.input.setAttribute("aria-controls", p.box.id);
    }
    fit(picker);
    return p;
  }
  /* One unit is enough where one is asked for: the line hides behind its chip. */
  function fit(picker) {
    var p = parts(picker), full = !p.several && p.chosen.querySelector(".unit-chip");
    p.input.hidden = Boolean(full);
  }
  function close(picker) {
    var p = parts(picker);
    p.box.hidden = true; p.box.textContent = "";
    p.input.setAttribute("aria-expanded", "false"); p.input.removeAttribute("aria-activedescendant");
  }
  function here(p) { return p.box.querySelector("[aria-selected=true]"); }
  function mark(p, row) {
    var old = here(p);
    if (old) { old.setAttribute("aria-selected", "false"); }
    if (row) {
      row.setAttribute("aria-selected", "true"); row.scrollIntoView({ block: "nearest" });
      p.input.setAttribute("aria-activedescendant", row.id);
    }
  }
  function ask(picker) {
    var p = parts(picker), mine = ++asked, words = p.input.value.trim();
    var url = picker.dataset.picker + (/\?$/.test(picker.dataset.picker) ? "" : "&") + "field=" + encodeURIComponent(p.input.id) +
      "&q=" + encodeURIComponent(words);
    all(".unit-chip input", p.chosen).forEach(function (chip) { url += "&not=" + encodeURIComponent(chip.value); });
    fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).then(function (answer) {
      return answer.ok ? answer.text() : "";
    }).then(function (text) {
      if (mine !== asked || document.activeElement !== p.input) { return; }
      if (!text) { close(picker); return; }
      p.box.innerHTML = text; p.box.hidden = false;
      var list = p.box.querySelector("[role=listbox]");
      p.input.setAttribute("aria-expanded", "true"); p.input.setAttribute("aria-controls", list ? list.id : p.box.id);
      var rows = all("[role=option]", p.box);
      if (words && rows.length) { mark(p, rows[0]); }
      p.told.textContent = rows.length ? "有 " + rows.length + " 个单位可选" : "没有相符的单位";
    }, function () { close(picker); });
  }
  function take(picker, row) {
    var p = parts(picker), chip = document.createElement("label"), box = document.createElement("input"), name = document.createElement("span");
    chip.className = "unit-chip"; box.type = "checkbox"; box.checked = true; box.name = p.input.name; box.value = row.dataset.code;
    name.textContent = row.dataset.name; chip.appendChild(box); chip.appendChild(name);
    if (!p.several) { p.chosen.textContent = ""; }
    p.chosen.appendChild(chip);
    p.input.value = ""; p.told.textContent = "已选 " + row.dataset.name;
    close(picker); fit(picker);
    if (p.several) { p.input.focus(); } else { box.focus({ preventScroll: true }); }
  }
  function give(picker, chip) {
    var p = parts(picker);
    chip.remove(); fit(picker); p.input.focus();
  }

  document.addEventListener("focusin", function (event) {
    var picker = of(event.target);
    if (!picker || loading) { return; }
    var p = ready(picker);
    if (event.target === p.input && p.box.hidden) { ask(picker); }
  });
  document.addEventListener("focusout", function (event) {
    var picker = of(event.target);
    if (picker && !picker.contains(event.relatedTarget)) { setTimeout(function () { if (!picker.contains(document.activeElement)) { close(picker); } }, 150); }
  });
  document.addEventListener("input", function (event) {
    if (!event.target.matches || !event.target.matches("[data-unit-input]")) { return; }
    var picker = ready(of(event.target)) && of(event.target);
    clearTimeout(timer); timer = setTimeout(function () { ask(picker); }, 90);
  });
  document.addEventListener("mousedown", function (event) {
    if (event.target.closest && event.target.closest("[data-options]")) { event.preventDefault(); }
  });
  document.addEventListener("click", function (event) {
    var row = event.target.closest && event.target.closest("[data-options] [role=option]");
    if (row) { take(of(row), row); }
  });
  /* Another part of the page names the unit: a suggestion beside the form. */
  document.addEventListener("take-unit", function (event) {
    var picker = of(event.target), row = document.createElement("li");
    row.dataset.code = event.detail.code; row.dataset.name = event.detail.name;
    if (picker) { ready(picker); take(picker, row); }
  });
  document.addEventListener("change", function (event) {
    var chip = event.target.closest && event.target.closest(".unit-chip");
    if (chip && of(chip) && !event.target.checked) { give(of(chip), chip); }
  });
  document.addEventListener("keydown", function (event) {
    var picker = of(event.target);
    if (!picker) { return; }
    var p = parts(picker), rows = all("[role=option]", p.box), at = here(p);
    if (event.target !== p.input) {
      if ((event.key === "Backspace" || event.key === "Delete") && event.target.closest(".unit-chip")) {
        event.preventDefault(); give(picker, event.target.closest(".unit-chip"));
      }
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!rows.length) { ask(picker); return; }
      var next = at ? rows.indexOf(at) + (event.key === "ArrowDown" ? 1 : -1) : event.key === "ArrowDown" ? 0 : rows.length - 1;
      mark(p, rows[(next + rows.length) % rows.length]);
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      if (at) { take(picker, at); }
    } else if (event.key === "Escape" && !p.box.hidden) {
      event.preventDefault(); event.stopPropagation(); close(picker);
    } else if (event.key === "Backspace" && !p.input.value) {
      var chips = all(".unit-chip", p.chosen);
      if (chips.length) { event.preventDefault(); give(picker, chips[chips.length - 1]); }
    }
  });
  /* A form that opens by itself is focused for an instant by the page's script: no list is asked for then. */
  document.addEventListener("htmx:afterSwap", function (event) {
    var from = event.detail.requestConfig && event.detail.requestConfig.elt;
    loading = Boolean(from && from.dataset && from.dataset.quiet !== undefined);
    setTimeout(function () { loading = false; }, 0);
  }, true);
  function prepare() { all(".picker[data-picker]", document).forEach(ready); }
  document.addEventListener("htmx:afterSwap", prepare);
  document.addEventListener("DOMContentLoaded", prepare);
})();

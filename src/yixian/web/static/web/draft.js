/* The editor of a rulebook draft: line numbers, indenting, jumping to a finding, help for the key under the cursor,
   and a copy on this computer until it is saved. The page works as a plain form without it. */
(function () {
  "use strict";
  var form = document.getElementById("writing"), box = document.getElementById("text");
  if (!form || !box) { return; }
  var gutter = form.querySelector("[data-gutter]"), column = gutter.parentNode;
  var help = form.querySelector("[data-help]"), spot = form.querySelector("[data-place]");
  var KEY = "yixian.draft." + form.dataset.draft, HEIGHT = 20, guide = null, first = box.value, shown = "";

  /* Line numbers, red where an error stands. */
  function number() {
    var marks = {};
    Array.prototype.forEach.call(form.querySelectorAll("#findings [data-line]"), function (one) {
      var line = Number(one.dataset.line);
      if (marks[line] !== "bad") { marks[line] = one.dataset.kind === "错误" ? "bad" : "warn"; }
    });
    var count = box.value.split("\n").length, state = count + JSON.stringify(marks);
    if (state === shown) { return; }
    shown = state; gutter.textContent = "";
    var plain = [];
    function flush() { if (plain.length) { gutter.appendChild(document.createTextNode(plain.join("\n") + "\n")); plain = []; } }
    for (var line = 1; line <= count; line += 1) {
      if (marks[line]) {
        flush();
        var mark = document.createElement("span");
        mark.className = marks[line]; mark.textContent = String(line);
        gutter.appendChild(mark); gutter.appendChild(document.createTextNode("\n"));
      } else { plain.push(line); }
    }
    flush(); follow();
  }
  function follow() { column.scrollTop = box.scrollTop; }

  function lineOf(position) { return box.value.slice(0, position).split("\n").length; }
  function go(line) {
    var lines = box.value.split("\n"), start = 0;
    for (var index = 0; index < line - 1 && index < lines.length; index += 1) { start += lines[index].length + 1; }
    box.focus(); box.setSelectionRange(start, start + (lines[line - 1] || "").length);
    box.scrollTop = Math.max(0, (line - 6) * HEIGHT); box.scrollLeft = 0; follow(); explain();
  }

  /* Writing as one would type: undo keeps working where the browser can. */
  function insert(words) {
    if (!document.execCommand || !document.execCommand("insertText", false, words)) {
      box.setRangeText(words, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  function indent(back) {
    var from = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1, to = box.selectionEnd;
    var block = box.value.slice(from, to);
    var made = block.split("\n").map(function (line) { return back ? line.replace(/^ {1,2}/, "") : "  " + line; }).join("\n");
    box.setSelectionRange(from, to); insert(made); box.setSelectionRange(from, from + made.length);
  }
  box.addEventListener("keydown", function (event) {
    if (box.readOnly) { return; }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); form.requestSubmit(); return; }
    if (event.key === "Escape") { box.blur(); return; }
    if (event.key === "Tab" && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      if (event.shiftKey || box.selectionStart !== box.selectionEnd) { indent(event.shiftKey); } else { insert("  "); }
    } else if (event.key === "Enter" && !event.isComposing && !event.ctrlKey) {
      var start = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1, before = box.value.slice(start, box.selectionStart);
      var lead = /^ */.exec(before)[0] + (/:\s*$/.test(before) ? "  " : "");
      if (lead) { event.preventDefault(); insert("\n" + lead); }
    }
  });

  /* The path of the key under the cursor: by indentation above it, by brackets inside its line. */
  function levels(line) {
    var found = [], at = line.search(/\S/), rest = at < 0 ? "" : line.slice(at);
    if (rest[0] === "#") { return []; }
    while (/^-(\s|$)/.test(rest)) {
      found.push([at, "[]"]);
      var step = /^-\s*/.exec(rest)[0].length; at += step; rest = rest.slice(step);
    }
    var key = /^([^\s:#'"{}[\],&*!|>][^:#{}[\],]*?)\s*:(\s|$)/.exec(rest);
    if (key) { found.push([at, key[1]]); }
    return found;
  }
  function path() {
    var lines = box.value.split("\n"), index = lineOf(box.selectionStart) - 1, line = lines[index];
    var column0 = box.selectionStart - (box.value.lastIndexOf("\n", box.selectionStart - 1) + 1);
    var own = levels(line), trail = own.map(function (level) { return level[1]; });
    var depth = own.length ? own[0][0] : /\S/.test(line) && !/^\s*#/.test(line) ? line.search(/\S/) : column0;
    for (index -= 1; index >= 0 && (depth > 0 || trail[0] === "[]"); index -= 1) {
      levels(lines[index]).reverse().forEach(function (level) {
        if (level[0] < depth || (level[0] === depth && trail[0] === "[]" && level[1] !== "[]")) {
          trail.unshift(level[1]); depth = level[0];
        }
      });
    }
    return trail.concat(flow(line, column0));
  }
  function flow(text, until) {
    var open = [], word = "", last = "", quote = "";
    for (var index = 0; index < text.length; index += 1) {
      var sign = text[index];
      if (quote) { quote = sign === quote ? "" : quote; continue; }
      if (index >= until && /[,:{}[\]]/.test(sign)) { last = sign === ":" ? word.trim() : last; break; }
      if (sign === "\"" || sign === "'") { quote = sign; } else if (sign === "#" && /\s/.test(text[index - 1] || " ")) { break; } else if (sign === "{" || sign === "[") {
        open.push((open.length ? last : "") + (sign === "[" ? "[]" : "")); word = ""; last = "";
      } else if (sign === "}" || sign === "]") { open.pop(); word = ""; last = ""; } else if (sign === ",") { word = ""; last = ""; } else if (sign === ":") { last = word.trim(); word = ""; } else { word += sign; }
    }
    return open.length ? open.concat(last).join(".").replace(/\[\]/g, ".[]").split(".").filter(Boolean) : [];
  }
  function named(words) {
    var joined = words.join(".").replace(/\.\[\]/g, "[]");
    if (guide.keys[joined]) { return joined; }
    var star = [words[0], "*"].concat(words.slice(2)).join(".").replace(/\.\[\]/g, "[]");
    return words.length > 1 && guide.keys[star] ? star : "";
  }
  function look(trail) {
    var words = trail.filter(function (one) { return one !== "value"; }), last = trail[trail.length - 1];
    var told = words.join(".").replace(/\.\[\]/g, "[]");
    for (var end = words.length; end > 0; end -= 1) {
      var name = named(words.slice(0, end));
      if (!name) { continue; }
      if (end < words.length) {
        var inside = words.indexOf("when") >= 0 && guide.keys["when." + last] ? "when." + last : last;
        if (/^(when\..*|when|basis|reading|local|waiver)$/.test(inside)) { return { path: told, entry: guide.keys[inside] }; }
      }
      return { path: told, entry: guide.keys[name] };
    }
    return null;
  }
  function make(tag, words, name) {
    var node = document.createElement(tag);
    if (words) { node.textContent = words; }
    if (name) { node.className = name; }
    return node;
  }
  function explain() {
    if (spot) { spot.textContent = "第 " + lineOf(box.selectionStart) + " 行"; }
    if (!guide) { return; }
    var found = look(path());
    if (!found) { return; }
    var entry = found.entry;
    help.textContent = "";
    var head = make("h3", entry.title + " "); head.appendChild(make("code", found.path)); help.appendChild(head);
    if (entry.about) { help.appendChild(make("p", entry.about)); }
    if (entry.kind) { help.appendChild(make("p", "写法: " + entry.kind, "hush")); }
    if (entry.values.length) {
      var list = make("ul");
      entry.values.forEach(function (pair) {
        var row = make("li"), word = make("button", pair[0]);
        word.type = "button"; word.dataset.copy = pair[0]; word.title = "复制";
        row.appendChild(word); row.appendChild(make("span", pair[1])); list.appendChild(row);
      });
      help.appendChild(list);
    }
    if (entry.example) { help.appendChild(make("pre", entry.example)); }
  }

  /* What was typed stays on this computer until it is saved. */
  function remember() {
    try {
      if (box.value === first) { localStorage.removeItem(KEY); } else { localStorage.setItem(KEY, JSON.stringify({ revision: form.dataset.revision, text: box.value })); }
    } catch (error) { return; }
  }
  function kept() { try { return JSON.parse(localStorage.getItem(KEY) || "null"); } catch (error) { return null; } }
  var unsaved = document.querySelector("[data-unsaved]"), old = kept();
  if (old && old.revision === form.dataset.revision && old.text !== box.value && !box.readOnly) {
    unsaved.hidden = false;
    unsaved.querySelector("[data-restore]").addEventListener("click", function () {
      box.value = old.text; unsaved.hidden = true; box.dispatchEvent(new Event("input", { bubbles: true }));
    });
    unsaved.querySelector("[data-forget]").addEventListener("click", function () { unsaved.hidden = true; localStorage.removeItem(KEY); });
  } else if (old) { try { localStorage.removeItem(KEY); } catch (error) { old = null; } }

  var sending = false, later = 0;
  form.addEventListener("submit", function () { sending = true; });
  window.addEventListener("beforeunload", function (event) {
    if (!sending && !box.readOnly && box.value !== first) { event.preventDefault(); event.returnValue = ""; }
  });
  box.addEventListener("input", function () { number(); clearTimeout(later); later = setTimeout(remember, 400); });
  box.addEventListener("scroll", follow);
  ["click", "keyup", "focus"].forEach(function (name) { box.addEventListener(name, explain); });
  form.addEventListener("click", function (event) {
    var at = event.target.closest("[data-line]");
    if (at) { go(Number(at.dataset.line)); }
  });
  document.addEventListener("htmx:afterSwap", function (event) { if (event.detail.target.id === "findings") { number(); } });
  fetch(form.querySelector("[data-language]").dataset.language, { credentials: "same-origin" })
    .then(function (answer) { return answer.ok ? answer.json() : null; })
    .then(function (found) { guide = found; }, function () { guide = null; });
  number();
})();

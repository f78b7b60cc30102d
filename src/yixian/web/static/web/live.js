/* What appears by itself. News come over one stream (web/live); without it the page asks by turns, and nobody notices.
   Hooks, all by attributes:
   [data-live=orders] (with id, data-live-url): a list; rows are told apart by id or data-open; changed rows are put in place,
     new ones marked .fresh; a tick, the row one stands on, scroll and open menus stay. data-live-states: only these concern it.
   [data-live=order] (with id, data-live-url, data-number, data-seq): one order; what stands in its [data-part] is put anew.
   [data-live=alarms] (with data-live-url): the red bar.   a[href] .n in .rail and [data-counts]: the counts.   */
(function () {
  "use strict";
  var SOON = 250, GAP = 3000, TURN = 20000, SLOW_TURN = 60000, AWAY = 20000;
  var body, address, source = null, mark = "", failures = 0, polling = null, retry = null, leaving = null, over = false;
  var parser = new DOMParser();

  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
  function places(kind) { return all("[data-live='" + kind + "']"); }
  function typing(place) {
    var at = document.activeElement;
    return Boolean(at && place.contains(at) && /^(TEXTAREA|SELECT|INPUT)$/.test(at.tagName) && at.type !== "checkbox");
  }

  /* ---- counts, bell, red bar ---- */
  function put(link, text) {
    var place = link.querySelector(".n");
    if (!text) { if (place) { place.remove(); } return; }
    if (!place) { place = document.createElement("span"); place.className = "n"; link.appendChild(place); }
    if (place.textContent !== text) { place.textContent = text; }
  }
  function counts(found) {
    all(".rail a, [data-counts] a").forEach(function (link) {
      var key = link.getAttribute("href");
      if (Object.prototype.hasOwnProperty.call(found, key)) {
        put(link, found[key]);
        if (link.dataset.hot !== undefined && link.querySelector(".n")) { link.querySelector(".n").classList.add("hot"); }
      }
    });
  }
  function bell(text) {
    all(".bellbtn").forEach(function (link) {
      put(link, text);
      link.setAttribute("aria-label", text ? "提醒, 未读 " + text + " 条" : "提醒");
    });
  }
  function alarms() {
    places("alarms").forEach(function (place) {
      fetchInto(place, place.dataset.liveUrl, function (text) {
        if (place.innerHTML.trim() !== text.trim()) { place.innerHTML = text; ready(place); }
      });
    });
  }

  /* ---- asking for a part of a page ---- */
  function ask(url, then) {
    return fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin", redirect: "manual" }).then(function (answer) {
      if (!answer.ok || answer.headers.get("HX-Redirect")) { return null; }
      return answer.text();
    }).then(function (text) { if (text !== null) { then(text); } }, function () {});
  }
  function fetchInto(place, url, then) {
    var began = Date.now();
    if (place.dataset.busy) { return; }
    place.dataset.busy = "1";
    ask(url, function (text) { if (place.isConnected) { then(text); } }).then(function () {
      delete place.dataset.busy;
      place.gap = Math.max(GAP, 20 * (Date.now() - began));
      place.last = Date.now();
      if (place.again) { place.again = false; later(place); }
    });
  }
  function ready(place) {
    if (window.htmx) { window.htmx.process(place); }
    document.dispatchEvent(new CustomEvent("live:changed", { detail: { place: place } }));
  }

  /* ---- a list ---- */
  function key(row) { return row.id || row.dataset.open; }
  function rowsOf(root) { return all("tr[data-open], li[id^='row-']", root); }
  function later(place) {
    var now = Date.now(), wait = Math.max(SOON + Math.random() * 200, (place.last || 0) + (place.gap || 0) - now);
    if (place.dataset.busy) { place.again = true; return; }
    if (place.timer) { return; }
    place.timer = setTimeout(function () {
      place.timer = null;
      if (!place.isConnected) { return; }
      if (document.hidden || typing(place) || place.querySelector("details[open], [aria-expanded=true]")) {
        place.timer = setTimeout(function () { place.timer = null; later(place); }, 2000);
        return;
      }
      if (place.dataset.live === "orders") { list(place); } else { order(place); }
    }, wait);
  }
  function touched(place, news) {
    /* A list is looked at again when an order on it changed, or one may have come to it. */
    var shown = place.textContent, states = place.dataset.liveStates;
    return news.more || (news.orders || []).some(function (one) {
      return shown.indexOf(one.number) >= 0 || (!one.gone && (!states || (" " + states + " ").indexOf(" " + one.state + " ") >= 0));
    });
  }
  function list(place) {
    var url = place.dataset.liveUrl, current = place.querySelector("li[aria-current=true]");
    if (current) { url += (url.indexOf("?") < 0 ? "?" : "&") + "at=" + encodeURIComponent(current.id.replace("row-", "")); }
    fetchInto(place, url, function (text) { merge(place, part(text, place.id)); });
  }
  function part(text, id) {
    var page = parser.parseFromString("<body>" + text, "text/html"), found = id && page.getElementById(id);
    return found || page.body;
  }
  function served(row) {
    if (row.served === undefined) {
      var copy = row.cloneNode(true);
      copy.classList.remove("here", "fresh");
      copy.removeAttribute("aria-current");
      all("[data-due]", copy).forEach(function (one) { one.textContent = ""; });
      all(".mini, .clock", copy).forEach(function (one) { one.className = "mini"; });
      all("[value][max]", copy).forEach(function (one) { one.removeAttribute("value"); });
      row.served = copy.outerHTML.replace(/\s*class=""/g, "");
    }
    return row.served;
  }
  function merge(place, fresh) {
    var old = {}, had = rowsOf(place), come = rowsOf(fresh), top = window.pageYOffset, inner = place.scrollTop;
    if (!had.length || !come.length || had[0].parentNode.tagName !== come[0].parentNode.tagName) {
      if (place.innerHTML !== fresh.innerHTML) {
        place.innerHTML = fresh.innerHTML;
        if (come.length && !had.length) { rowsOf(place).forEach(function (row) { row.classList.add("fresh"); }); }
        ready(place);
      }
      return;
    }
    had.forEach(function (row) { old[key(row)] = row; });
    var parent = had[0].parentNode;
    var before = had[0], changed = false;
    come.forEach(function (row) {
      var known = old[key(row)], keep = known;
      if (!known) {
        keep = document.adoptNode(row); keep.classList.add("fresh"); changed = true;
      } else if (served(known) !== served(row)) {
        keep = document.adoptNode(row); changed = true;
        carry(known, keep);
        if (before === known) { before = known.nextElementSibling; }
        known.remove();
      }
      delete old[key(row)];
      if (keep === before) { before = before.nextElementSibling; } else { parent.insertBefore(keep, before); }
    });
    Object.keys(old).forEach(function (one) { /* rows of a further page, asked for below the first, stay */
      if (old[one].parentNode === parent) { old[one].remove(); changed = true; }
    });
    if (changed) { ready(place); }
    place.scrollTop = inner; window.scrollTo(window.pageXOffset, top);
  }
  function carry(from, to) {
    var was = from.querySelector(".pick input"), now = to.querySelector(".pick input"), at = document.activeElement;
    if (was && now) { now.checked = was.checked; }
    if (from.classList.contains("here")) { to.classList.add("here"); }
    if (at && from.contains(at)) {
      var again = at.matches("input") ? now : to.querySelector("a");
      setTimeout(function () { if (again) { again.focus({ preventScroll: true }); } }, 0);
    }
  }

  /* ---- one order ---- */
  function order(place) {
    fetchInto(place, place.dataset.liveUrl, function (text) {
      var fresh = part(text, place.id);
      var seq = Number(fresh.dataset ? fresh.dataset.seq : 0) || Number(place.dataset.seq);
      all("[data-part]", place).forEach(function (was) {
        var name = was.dataset.part, now = fresh.querySelector("[data-part='" + name + "']");
        if (!now || typing(was)) { return; }
        if (was.innerHTML === now.innerHTML) { return; }
        var opened = all("details", was).map(function (one) { return one.open; });
        was.innerHTML = now.innerHTML;
        all("details", was).forEach(function (one, at) { if (opened[at]) { one.open = true; } });
        if (name === "log") { freshen(was, now, seq - Number(place.dataset.seq)); }
        ready(was);
      });
      place.dataset.seq = String(seq);
    });
  }
  function freshen(was, now, count) {
    all(".line > li", was).slice(0, Math.max(0, Math.min(count, 5))).forEach(function (line) { line.classList.add("fresh"); });
  }
  function onOrder(place, one) {
    if (one.number !== place.dataset.number) { return; }
    if (!one.gone && one.seq <= Number(place.dataset.seq)) { return; }
    if (one.gone || place.querySelector("#act form") || String(window.getSelection() || "").length > 1) { bar(place, one.gone); return; }
    later(place);
  }
  function bar(place, gone) {
    var shown = place.querySelector(".newsbar");
    if (shown) { return; }
    shown = document.createElement("div");
    shown.className = "newsbar noprint"; shown.setAttribute("role", "status");
    var text = document.createElement("p");
    text.textContent = gone ? "这件工单已不由您单位办理。" : "这件工单有新进展, 您填的内容不受影响。";
    shown.appendChild(text);
    if (!gone) {
      if (!place.querySelector("#act form")) { text.textContent = "这件工单有新进展。"; }
      var look = document.createElement("button");
      look.type = "button"; look.className = "btn0 small"; look.textContent = "显示新进展";
      look.addEventListener("click", function () { shown.remove(); order(place); });
      shown.appendChild(look);
    }
    place.insertBefore(shown, place.firstChild);
  }

  /* ---- news ---- */
  function heard(news) {
    if (news.alarm || (news.orders || []).some(function (one) { return one.emergency; })) { alarms(); setTimeout(alarms, 1500); }
    places("orders").forEach(function (place) { if (touched(place, news)) { later(place); } });
    places("order").forEach(function (place) { (news.orders || []).forEach(function (one) { onOrder(place, one); }); });
    document.dispatchEvent(new CustomEvent("live:news", { detail: news }));
  }
  function everything() {
    shell(); alarms();
    places("orders").forEach(later);
    places("order").forEach(function (place) {
      ask("/live/orders/" + encodeURIComponent(place.dataset.number) + "/", function (text) {
        var found = JSON.parse(text); found.number = place.dataset.number; onOrder(place, found);
      });
    });
  }
  function shell() {
    ask("/live/shell/", function (text) {
      var found = JSON.parse(text);
      counts(found.counts); bell(found.unread);
    });
  }

  /* ---- the stream, and turns without it ---- */
  function data(event) { try { return JSON.parse(event.data); } catch (wrong) { return {}; } }
  function noted(event) { mark = event.lastEventId || mark; alive(); }
  function alive() { failures = 0; body.dataset.stream = "open"; turns(false); }
  function connect() {
    clearTimeout(retry); retry = null;
    if (source || over || !address || document.hidden || !window.EventSource) { if (!source) { turns(true); } return; }
    var stamp = document.querySelector("meta[name=server-now]"), url = address + (address.indexOf("?") < 0 ? "?" : "&");
    url += mark ? "last=" + encodeURIComponent(mark) : "since=" + encodeURIComponent(stamp ? stamp.content : "");
    source = new EventSource(url, { withCredentials: true });
    source.addEventListener("hello", noted);
    source.addEventListener("news", function (event) { noted(event); heard(data(event)); });
    source.addEventListener("reload", function (event) { noted(event); setTimeout(everything, Math.random() * 1500); });
    source.addEventListener("counts", function (event) { alive(); counts(data(event)); });
    source.addEventListener("unread", function (event) { alive(); bell(data(event).unread); });
    source.addEventListener("bye", function () { over = true; shut(); turns(true); });
    source.onerror = function () {
      body.dataset.stream = "broken";
      turns(true);
      if (source && source.readyState === 2) { shut(); again(); }
    };
  }
  function shut() { if (source) { source.close(); source = null; } body.dataset.stream = "shut"; }
  function again() {
    failures += 1;
    retry = setTimeout(connect, Math.min(60000, 3000 * Math.pow(2, failures)) * (0.7 + Math.random() * 0.6));
  }
  function turns(on) {
    if (!on) { clearInterval(polling); polling = null; return; }
    if (!polling) { polling = setInterval(function () { if (!document.hidden) { everything(); } }, failures > 5 || over ? SLOW_TURN : TURN); }
  }
  document.addEventListener("visibilitychange", function () {
    clearTimeout(leaving);
    if (!document.hidden) { connect(); return; }
    leaving = setTimeout(function () { clearTimeout(retry); shut(); }, AWAY);
  });
  window.addEventListener("pagehide", shut);
  window.addEventListener("pageshow", function (event) { if (event.persisted) { connect(); everything(); } });
  document.addEventListener("DOMContentLoaded", function () {
    var shell0 = document.querySelector(".shell");
    body = document.body;
    if (!shell0) { return; }
    address = shell0.dataset.news || "";
    connect();
    setInterval(function () { all(".fresh").forEach(function (row) { if (row.matches(":hover, .here, [aria-current]")) { row.classList.remove("fresh"); } }); }, 4000);
  });
})();

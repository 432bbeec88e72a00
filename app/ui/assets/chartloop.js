/* The page's own script: intake of pictures, the comparison's controls, the choice of a turn, keys, permalinks.
 *
 * Each gr.HTML calls chartloop.wire(...) when it is loaded. The server renders every panel whole; Gradio patches the
 * nodes in place; what belongs to the person (mode, zoom, chosen turn) is kept here and put back after each patch.
 * Leaves out: any request besides Gradio's own.
 */
(() => {
  "use strict";
  const settings = { mode: "side", split: 50, mix: 50, zoom: 1, view: "program", ...stored("chartloop-compare") };
  const panels = new Set();
  let job = null; // the job shown
  let asked = false; // the person asked for another job than the address names
  let picked = null; // the turn that the person chose: a number, "live", "newest", or null to follow along
  let send = null; // takes a File in
  let news = Date.now(); // when the job was last heard of

  function stored(name) {
    try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; }
  }
  function store(name, value) {
    try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* private mode: keep it for this page */ }
  }

  /* theme --------------------------------------------------------------------------------------------------------- */
  function paint(theme) {
    if (theme) document.body.classList.toggle("dark", theme === "dark");
  }
  function toggleTheme() {
    const theme = document.body.classList.contains("dark") ? "light" : "dark";
    store("chartloop-theme", { theme });
    paint(theme);
  }

  /* panels and turns ------------------------------------------------------------------------------------------------ */
  function wanted(root) {
    if (picked === "newest") return root.dataset.newest;
    if (picked !== null && picked !== "live") return String(picked);
    return root.dataset.live === "1" ? "live" : root.dataset.shown;
  }
  function refresh(element) {
    const past = element.querySelector(".cl-history");
    if (past) rememberSearch(past.dataset);
    const root = element.querySelector("[data-panel]");
    if (!root) return;
    element.dataset.view = settings.view;
    const parts = [...root.querySelectorAll("[data-turn]")];
    let turn = wanted(root);
    const has = (name) => parts.some((part) => part.dataset.turn === name);
    if (root.dataset.exact === undefined && !has(turn)) turn = root.dataset.shown;
    parts.forEach((part) => { part.hidden = part.dataset.turn !== turn; });
    check(root, wanted(root));
    root.querySelectorAll("[data-view]").forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.view === settings.view)));
    root.querySelectorAll("form[data-form]").forEach(settle);
    root.querySelectorAll("[data-follow]").forEach((box) => { box.scrollTop = box.scrollHeight; });
    if (root.classList.contains("cl-compare")) refreshCompare(element, root);
    if (root.classList.contains("cl-status")) remember(root);
  }
  function check(root, turn) {
    const radios = [...root.querySelectorAll("input[name=cl-turn]")];
    const radio = radios.find((one) => one.value === turn) || radios.find((one) => one.value === root.dataset.shown);
    if (radio) radio.checked = true;
  }
  function pick(turn) {
    picked = turn;
    panels.forEach(refresh);
  }
  function settle(form) { // a form that now stands for another verdict starts afresh
    if (form.settledFor !== form.dataset.form) { form.reset(); form.settledFor = form.dataset.form; }
  }

  /* permalink --------------------------------------------------------------------------------------------------------- */
  function remember(root) {
    news = Date.now();
    const now = root.dataset.job;
    const live = root.dataset.live === "1";
    const name = root.querySelector(".cl-name").textContent;
    document.title = `${live ? "… " : ""}${name} – Chartloop`;
    if (job === now) return;
    if (asked) {
      history.pushState(null, "", `${location.pathname}?job=${now}`);
      asked = false;
      picked = null;
      panels.forEach((panel) => { if (!panel.contains(root)) refresh(panel); });
    }
    job = now;
  }
  function rememberSearch({ search, page }) {
    const query = new URLSearchParams({ ...(search && { q: search }), ...(page !== "0" && { p: page }) }).toString();
    const field = document.querySelector("input[type=search]");
    if (field && field !== document.activeElement) field.value = search;
    history.replaceState(null, "", location.pathname + (query && `?${query}`));
  }
  addEventListener("popstate", () => location.reload());

  /* comparison -------------------------------------------------------------------------------------------------------- */
  function refreshCompare(element, root) {
    element.dataset.mode = settings.mode;
    element.style.setProperty("--split", `${settings.split}%`);
    element.style.setProperty("--mix", settings.mix / 100);
    element.style.setProperty("--zoom", settings.zoom);
    element.dataset.zoomed = settings.zoom > 1;
    root.querySelectorAll("input[name=cl-mode]").forEach((radio) => { radio.checked = radio.value === settings.mode; });
    root.querySelectorAll("input[data-range]").forEach((range) => {
      range.value = range.dataset.range === "slider" ? settings.split : settings.mix;
    });
    const label = root.querySelector("[data-zoom-text]");
    if (label) label.textContent = `${settings.zoom}×`;
    root.querySelectorAll(".cl-frame").forEach((frame) => {
      if (settings.zoom > 1) frame.tabIndex = 0; else frame.removeAttribute("tabindex");
    });
  }
  function setting(name, value) {
    settings[name] = value;
    store("chartloop-compare", settings);
    panels.forEach(refresh);
  }
  let scrolling = false;
  function scrollTogether(event) { // both pictures show the same place when zoomed
    const frame = event.target;
    if (scrolling || !frame.classList || !frame.classList.contains("cl-frame")) return;
    scrolling = true;
    frame.closest(".cl-stage").querySelectorAll(".cl-frame").forEach((other) => {
      if (other !== frame) { other.scrollLeft = frame.scrollLeft; other.scrollTop = frame.scrollTop; }
    });
    requestAnimationFrame(() => { scrolling = false; });
  }
  function drag(event) { // dragging on the stage moves the slider, or pans a zoomed picture
    const stage = event.target.closest(".cl-stage");
    if (!stage || event.button !== 0) return;
    const frame = event.target.closest(".cl-frame");
    const start = { x: event.clientX, y: event.clientY, left: frame?.scrollLeft, top: frame?.scrollTop };
    const slides = settings.mode === "slider" && settings.zoom === 1;
    if (!slides && settings.zoom === 1) return;
    const move = (moved) => {
      if (slides) {
        const box = stage.querySelector(".cl-original .cl-frame").getBoundingClientRect();
        setting("split", Math.round(100 * Math.min(1, Math.max(0, (moved.clientX - box.left) / box.width))));
      } else if (frame) {
        frame.scrollLeft = start.left - (moved.clientX - start.x);
        frame.scrollTop = start.top - (moved.clientY - start.y);
      }
    };
    const end = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    if (slides) move(event);
    event.preventDefault();
  }

  /* intake ------------------------------------------------------------------------------------------------------------ */
  function intake() { return document.querySelector(".cl-intake"); }
  function complain(words) {
    const box = document.querySelector(".cl-problem");
    if (!box) return;
    box.querySelector("[data-problem]").textContent = words;
    box.hidden = !words;
  }
  function pictureOf(transfer) {
    return [...(transfer?.files || [])].find((file) => file.type.startsWith("image/")) || null;
  }
  async function take(file, name) {
    const words = intake()?.dataset;
    if (!send || !words || !file) return;
    complain("");
    if (!file.type.startsWith("image/")) return complain(words.notAPicture);
    if (file.size > words.maxMb * 1024 * 1024) return complain(words.tooLarge);
    intake().setAttribute("aria-busy", "true");
    try { await send(file, name || file.name); } catch { complain(words.uploadFailed); }
    intake()?.removeAttribute("aria-busy");
  }
  function hasFiles(event) { return [...(event.dataTransfer?.types || [])].includes("Files"); }
  function overlay(shown) {
    const curtain = document.querySelector(".cl-overlay");
    if (curtain) curtain.hidden = !shown;
  }
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event) || !intake()) return;
    event.preventDefault();
    overlay(true);
  });
  document.addEventListener("dragleave", (event) => { if (event.relatedTarget === null) overlay(false); });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event) || !intake()) return;
    event.preventDefault();
    overlay(false);
    take(pictureOf(event.dataTransfer) || event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const file = pictureOf(event.clipboardData);
    if (file) { event.preventDefault(); take(file, intake()?.dataset.pasted); }
    else if (event.clipboardData?.files.length && !typing(event.target)) complain(intake()?.dataset.notAPicture || "");
  });

  /* keys -------------------------------------------------------------------------------------------------------------- */
  function typing(target) {
    return target.closest?.("input:not([type=radio], [type=range], [type=checkbox]), textarea, select, [contenteditable=true]") != null;
  }
  function visible(selector) {
    return [...document.querySelectorAll(selector)].find((one) => one.offsetParent !== null && !one.disabled);
  }
  function shortcut(event) {
    const letter = event.key.toLowerCase();
    if (letter === "?") return toggleShortcuts();
    if (/^[1-9]$/.test(letter) && document.querySelector(`input[name=cl-turn][value="${letter}"]`)) return pick(letter);
    const button = letter === "e" ? visible("[data-event=edit]") : /^[cwu]$/.test(letter) && visible(`[data-key=${letter}]`);
    if (button) { event.preventDefault(); button.click(); }
  }
  function toggleShortcuts() {
    const dialog = document.querySelector(".cl-dialog");
    if (dialog) dialog.open ? dialog.close() : dialog.showModal();
  }
  document.addEventListener("keydown", (event) => {
    const editor = event.target.closest?.("#editor");
    if (editor && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      document.querySelector("#run-edit")?.click();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat && !typing(event.target)) {
      shortcut(event);
    }
  }, true);

  /* wiring ------------------------------------------------------------------------------------------------------------ */
  function rater() {
    const { id } = stored("chartloop-rater");
    if (id) return id;
    const made = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    store("chartloop-rater", { id: made });
    return made;
  }
  async function opened() { // what the address asks for comes first, else it would replace what the person asks for
    while (!document.querySelector("#status :is([data-panel], .cl-welcome)")) await new Promise((go) => setTimeout(go, 40));
  }
  function press(event, trigger) {
    const button = event.target.closest("button");
    if (!button || button.disabled) return;
    const data = button.dataset;
    if (data.event === "judge") trigger("judge", { turn_id: data.turnId, label: data.label, tags: [], comment: "", rater: rater() });
    else if (data.event) {
      const sent = { turn_id: data.turnId, job_id: data.jobId, verdict_id: data.verdictId, number: data.number, name: data.name, page: data.page, search: searched() };
      button.closest("dialog")?.close();
      if (["example", "again"].includes(data.event)) opened().then(() => { asked = true; trigger(data.event, sent); });
      else trigger(data.event, sent);
    } else if ("view" in data) {
      setting("view", data.view);
      document.querySelector("#code-card").scrollIntoView({ block: "nearest" }); // on a phone it is far below the turns
    }
    else if ("dialog" in data) document.getElementById(data.dialog)?.showModal();
    else if ("zoom" in data) setting("zoom", { 1: 2, 2: 4, 4: 1 }[settings.zoom]);
    else if ("copy" in data) copy(button);
    else if ("dismiss" in data) complain("");
    else if ("theme" in data) toggleTheme();
    else if ("shortcuts" in data) toggleShortcuts();
  }
  function look(number, trigger) { // the address names the version, so that a reload keeps it
    history.replaceState(null, "", `${location.pathname}?v=${number}`);
    trigger("look", { number });
  }
  function searched() { return document.querySelector(".cl-history")?.dataset.search; }
  let seeking = 0;
  function seek(field, trigger) {
    clearTimeout(seeking);
    seeking = setTimeout(() => trigger("seek", { search: field.value, page: 0 }), 150);
  }
  async function copy(button) {
    const code = button.closest("[data-turn]").querySelector(".cl-code").textContent;
    await navigator.clipboard.writeText(code);
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = button.dataset.done;
    setTimeout(() => { words.textContent = before; }, 1400);
  }
  let saving = 0;
  function explain(form, trigger, wait) { // tags and comment are kept a moment after the last change
    clearTimeout(saving);
    saving = setTimeout(() => {
      const given = new FormData(form);
      trigger("judge", {
        turn_id: form.dataset.turnId, label: form.dataset.label, tags: given.getAll("tags"), comment: given.get("comment"), rater: rater(),
      });
    }, wait);
  }
  function change(event, trigger) {
    const input = event.target;
    if (input.name === "cl-turn") pick(input.value);
    else if (input.name === "cl-version") look(input.value, trigger);
    else if (input.name === "cl-mode") setting("mode", input.value);
    else if (input.dataset.range) setting(input.dataset.range === "slider" ? "split" : "mix", Number(input.value));
    else if (input.type === "file") { take(input.files[0]); input.value = ""; }
    else if (input.form?.dataset.form) explain(input.form, trigger, 500);
  }

  const SILENCE_MS = 5000; // a running job is heard of every second
  function keepFollowing(element, trigger) { // after sleep, a lost connection or a restart of the server
    setInterval(() => {
      const root = element.querySelector("[data-panel]");
      const waits = root ? root.dataset.live === "1" : !element.querySelector(".cl-welcome");
      if (!waits || document.hidden || Date.now() - news < SILENCE_MS) return;
      news = Date.now();
      trigger("resume", {});
    }, 1000);
  }

  window.chartloop = {
    wire(element, trigger, upload, watch) {
      element.addEventListener("click", (event) => press(event, trigger));
      element.addEventListener("change", (event) => change(event, trigger));
      element.addEventListener("input", (event) => {
        if (event.target.type === "range") change(event, trigger);
        if (event.target.type === "search") seek(event.target, trigger);
      });
      element.addEventListener("submit", (event) => {
        if (!event.target.dataset.form) return;
        event.preventDefault();
        explain(event.target, trigger, 0);
      });
      element.addEventListener("scroll", scrollTogether, true);
      element.addEventListener("pointerdown", drag);
      if (element.closest("#intake")) {
        send = async (file, name) => {
          const { path } = await upload(file);
          await opened();
          asked = true;
          trigger("picture", { path, name });
        };
      }
      if (element.closest("#status")) keepFollowing(element, trigger);
      panels.add(element);
      watch("value", () => refresh(element));
      refresh(element);
      paint(stored("chartloop-theme").theme);
    },
    newest() { picked = "newest"; },
  };
})();

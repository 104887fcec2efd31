// Comfort only: without this script everything on the page is there. Text of the report is moved as nodes, never parsed.
"use strict";
(() => {
  const root = document.documentElement;
  const make = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  // -- theme, and opening everything ----------------------------------------------------------------------------
  const stored = {
    get: () => { try { return localStorage.getItem("cosplay-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("cosplay-theme", value); } catch { /* a file may have no storage */ } },
  };
  const themes = ["auto", "light", "dark"];
  const theme = make("button", "", { type: "button", id: "theme" });
  const paint = (name) => {
    if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name;
    theme.textContent = `Theme: ${name}`;
  };
  let current = themes.includes(stored.get()) ? stored.get() : "auto";
  paint(current);
  theme.addEventListener("click", () => {
    current = themes[(themes.indexOf(current) + 1) % themes.length];
    paint(current);
    stored.set(current);
  });
  const folds = () => [...document.querySelectorAll("details")];
  const all = make("button", "Open all", { type: "button", id: "all", "aria-pressed": "false" });
  all.addEventListener("click", () => {
    const open = all.getAttribute("aria-pressed") === "false";
    for (const one of folds()) one.open = open;
    all.setAttribute("aria-pressed", String(open));
  });
  const tools = make("div", "", { class: "tools" });
  tools.append(theme, all);
  document.getElementById("contents").append(tools);

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = folds().filter((one) => !one.open);
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });

  // -- links to folded parts ------------------------------------------------------------------------------------
  const reveal = (id) => {
    const target = id && document.getElementById(id);
    if (!target) return null;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    return target;
  };
  const follow = () => reveal(location.hash.slice(1))?.scrollIntoView();
  addEventListener("hashchange", follow);
  follow();

  // A part that does not scroll needs no stop of the keyboard.
  const fit = () => {
    for (const one of document.querySelectorAll("[role=group][aria-label]")) {
      const scrolls = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
      if (one.querySelector("[role=grid]") || !scrolls) one.removeAttribute("tabindex"); else one.tabIndex = 0;
    }
  };

  // -- copying --------------------------------------------------------------------------------------------------
  const command = document.getElementById("command");
  if (command) {
    const copy = make("button", "Copy", { type: "button", id: "copy" });
    const told = make("span", "", { role: "status", class: "vh" });
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.textContent);
      } catch {
        getSelection().selectAllChildren(command);
        document.execCommand("copy");
      }
      copy.textContent = "Copied";
      told.textContent = "Copied the replay command";
    });
    command.closest(".replay").append(copy, told);
  }

  // -- the matrix: a grid walked by arrow keys, and a card for each cell ----------------------------------------
  const grid = document.getElementById("grid");
  if (grid) walk(grid);
  fit();
  addEventListener("resize", fit);
  document.addEventListener("toggle", fit, true);

  function walk(table) {
    const cells = [...table.rows].map((row) => [...row.cells]);
    let active = cells[1][1];
    table.setAttribute("role", "grid");
    table.setAttribute("aria-readonly", "true");
    for (const one of table.querySelectorAll("a, td, th")) one.tabIndex = -1;
    active.tabIndex = 0;

    const card = make("div", "", { class: "card", id: "card", role: "tooltip" });
    card.hidden = true;
    document.body.append(card);
    let lit = [], timer = 0, owner = null;

    const hide = () => {
      card.hidden = true;
      owner?.removeAttribute("aria-describedby");
      owner = null;
      for (const one of lit) one.classList.remove("lit");
      lit = [];
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(() => { if (!card.matches(":hover")) hide(); }, 120);
    };

    const fact = (list, name, nodes) => {
      const row = document.createElement("div"), value = document.createElement("dd");
      value.append(...nodes);
      row.append(make("dt", name), value);
      list.append(row);
    };
    // What the folded part of a test says under a name, as copies of its nodes.
    const said = (test, name) => {
      const row = [...test.querySelectorAll(":scope > dl > div")].find((one) => one.firstChild.textContent === name);
      return row ? [...row.lastChild.childNodes].map((node) => node.cloneNode(true)) : [];
    };
    const given = new WeakMap();
    const answer = (test, slot) => {
      if (!given.has(test)) {
        const found = new Map();
        for (const one of test.querySelectorAll("[data-of]"))
          for (const at of one.dataset.of.split(" ")) found.set(at, one);
        given.set(test, found);
      }
      return given.get(test).get(slot);
    };

    const show = (cell) => {
      clearTimeout(timer);
      const row = cell.parentElement, head = cells[0][cell.cellIndex];
      if (cell === owner) return;
      hide();
      if (cell.tagName !== "TD" || !("slot" in row.dataset)) return;
      const test = document.getElementById(`t${head.dataset.t}`), slot = row.dataset.slot;
      const got = answer(test, slot)?.querySelector("code"), facts = make("dl", "", { class: "facts" });
      fact(facts, "Input", said(test, "Input"));
      fact(facts, "Expected", said(test, "Expected"));
      fact(facts, "Got", got ? [got.cloneNode(true)] : ["see report.json"]);
      fact(facts, "Status", [`${cell.querySelector("b").textContent} ${cell.querySelector("i").textContent}`]);
      fact(facts, "Votes", said(test, "Votes"));
      fact(facts, "Support", said(test, "Support"));
      const star = row.classList.contains("chosen") ? " (chosen)" : "";
      card.replaceChildren(make("strong", `Candidate ${slot}${star} on ${head.firstChild.textContent}`), facts);
      card.hidden = false;
      owner = cell;
      cell.setAttribute("aria-describedby", "card");
      lit = [head, row.cells[0]];
      for (const one of lit) one.classList.add("lit");
      place(cell);
    };
    const place = (cell) => {
      if (matchMedia("(max-width: 40rem)").matches) { card.style.left = card.style.top = ""; return; }
      const at = cell.getBoundingClientRect(), size = card.getBoundingClientRect();
      const below = at.bottom + 6 + size.height <= innerHeight;
      card.style.top = `${below ? at.bottom + 6 : Math.max(6, at.top - 6 - size.height)}px`;
      card.style.left = `${Math.max(6, Math.min(at.left, root.clientWidth - size.width - 10))}px`;
    };

    const go = (cell) => {
      if (!cell) return;
      active.tabIndex = -1;
      active = cell;
      cell.tabIndex = 0;
      cell.focus();
    };
    const enter = (cell) => {
      const link = cell.querySelector("a"), head = cells[0][cell.cellIndex];
      hide();
      const part = reveal(link ? link.hash.slice(1) : `t${head.dataset.t}`);
      part?.querySelector("summary")?.focus();
      part?.scrollIntoView({ block: "nearest" });
    };
    const moves = {
      ArrowUp: (r, c) => [r - 1, c],
      ArrowDown: (r, c) => [r + 1, c],
      ArrowLeft: (r, c) => [r, c - 1],
      ArrowRight: (r, c) => [r, c + 1],
      Home: (r, c, far) => [far ? 0 : r, 0],
      End: (r, c, far) => [far ? cells.length - 1 : r, cells[r].length - 1],
      PageUp: (r, c) => [Math.max(0, r - 8), c],
      PageDown: (r, c) => [Math.min(cells.length - 1, r + 8), c],
    };
    table.addEventListener("keydown", (event) => {
      const cell = event.target.closest("td, th"), move = moves[event.key];
      if (!cell || event.altKey || event.metaKey) return;
      if (event.key === "Enter") { event.preventDefault(); enter(cell); }
      if (!move) return;
      event.preventDefault();
      const [r, c] = move(cell.parentElement.rowIndex, cell.cellIndex, event.ctrlKey);
      go(cells[r]?.[c]);
    });
    table.addEventListener("focusin", (event) => {
      const cell = event.target.closest("td, th");
      if (!cell) return;
      active.tabIndex = -1;
      active = cell;
      cell.tabIndex = 0;
      show(cell);
    });
    table.addEventListener("focusout", later);
    table.addEventListener("mouseover", (event) => {
      const cell = event.target.closest("td, th");
      if (cell) show(cell);
    });
    table.addEventListener("mouseleave", later);
    card.addEventListener("mouseleave", later);
    table.addEventListener("click", (event) => {
      const cell = event.target.closest("td");
      if (cell) go(cell);
    });
    addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    addEventListener("pointerdown", (event) => {
      if (!table.contains(event.target) && !card.contains(event.target)) hide();
    });
    addEventListener("scroll", (event) => { if (owner && event.target !== card) place(owner); }, true);
  }
})();

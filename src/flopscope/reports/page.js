"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Tables sort by the column clicked; numbers from their data-v, which is not rounded. Totals and remarks stay last.
for (const table of all("table.sortable")) {
  const heads = all("thead th", table);
  heads.forEach((head, column) => {
    if (!head.textContent) return;
    head.tabIndex = 0;
    const sort = () => {
      const down = head.getAttribute("aria-sort") !== "descending" && (head.classList.contains("right") || head.getAttribute("aria-sort") === "ascending");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0], sign = down ? -1 : 1;
      const key = (row) => { const cell = row.cells[column]; return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v); };
      const rows = [...body.rows].filter((row) => row.cells.length > 1 && !row.classList.contains("total"));
      rows.sort((a, b) => { const x = key(a), y = key(b); return sign * (x < y ? -1 : x > y ? 1 : 0); });
      body.prepend(...rows);
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
  });
}

// Trees: a row whose followers stand deeper opens and closes them.
for (const table of all("table.tree")) {
  const rows = [...table.tBodies[0].rows], depth = (row) => Number(row.dataset.depth);
  const show = () => {
    let closedAt = Infinity;
    for (const row of rows) {
      const hidden = depth(row) > closedAt;
      row.classList.toggle("hidden", hidden);
      if (!hidden) closedAt = row.classList.contains("closed") ? depth(row) : Infinity;
    }
  };
  rows.forEach((row, i) => {
    if (i + 1 === rows.length || depth(rows[i + 1]) <= depth(row)) return;
    const name = row.cells[0], turn = () => {
      name.setAttribute("aria-expanded", !row.classList.toggle("closed"));
      show();
    };
    row.classList.add("branch");
    name.tabIndex = 0;
    name.setAttribute("aria-expanded", true);
    name.addEventListener("click", turn);
    name.addEventListener("keydown", (event) => { if (event.key === "Enter") turn(); });
  });
}

// Flame graph: a box clicked fills the width; its callers stay above it. The bottom box shows all again.
for (const flame of all(".flame")) {
  const boxes = all("div", flame).map((box) => ({ box, x: Number(box.dataset.x), w: Number(box.dataset.w) }));
  const zoom = (x, w) => {
    for (const { box, x: left, w: width } of boxes) {
      const from = Math.max((left - x) / w, 0), to = Math.min((left + width - x) / w, 1);
      box.style.display = to - from > 0.0008 ? "" : "none";
      box.style.left = 100 * from + "%";
      box.style.width = 100 * (to - from) + "%";
    }
  };
  for (const { box, x, w } of boxes) box.addEventListener("click", () => zoom(x, w));
}

for (const input of all("input.filter")) {
  const rows = [...document.getElementById(input.dataset.table).tBodies[0].rows];
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.classList.toggle("hidden", !words.every((word) => text.includes(word)));
    }
  });
}

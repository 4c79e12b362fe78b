// A guess before a result, and the tally of a lesson. Two classic functions; nothing is fetched and nothing is sent.
// What the browser keeps: localStorage["counting-calls.guesses"], from the id of a question to the first guess.
const KEPT = "counting-calls.guesses", NS = "http://www.w3.org/2000/svg";
const memory = window.countingCallsGuesses = window.countingCallsGuesses || {};  // where the browser keeps nothing

function readGuesses() {
  try { return {...memory, ...JSON.parse(localStorage.getItem(KEPT) || "{}")}; } catch { return {...memory}; }
}
function keepGuess(id, guess) {
  const all = readGuesses();
  if (!(id in all)) { all[id] = memory[id] = guess; }  // the first guess counts
  try { localStorage.setItem(KEPT, JSON.stringify(all)); } catch { /* a page that may keep nothing */ }
  document.dispatchEvent(new CustomEvent("counting-calls-guess"));
}
function forgetGuesses(ids) {
  const all = readGuesses();
  for (const id of ids) { delete all[id]; delete memory[id]; }
  try { localStorage.setItem(KEPT, JSON.stringify(all)); } catch { /* as above */ }
  document.dispatchEvent(new CustomEvent("counting-calls-guess"));
}
function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}
function input(attributes) { return make("input", {"data-lm-suppress-shortcuts": "", ...attributes}); }
function short(x) { return (Math.abs(x) >= 1e15 ? x : +x.toPrecision(3)).toLocaleString("en-US", {maximumSignificantDigits: 3}); }
function withUnit(x, unit, digits) {
  const number = digits === undefined ? short(x) : (+x).toLocaleString("en-US", {maximumFractionDigits: digits});
  return unit === "USD" ? "$" + number : unit === "%" ? number + "%" : unit ? number + " " + unit : number;
}

// The results that the build has hidden: the outputs of the code cells that follow, up to the next text.
function openNextOutputs(root) {
  const cell = root.closest(".jp-Cell, div.cell");
  for (let next = cell && cell.nextElementSibling; next && next.matches(".jp-CodeCell, div.cell"); next = next.nextElementSibling) {
    if (next.querySelector(".cc-guess")) break;
    for (const closed of next.querySelectorAll(".jp-OutputPlaceholder, .jp-Cell-outputWrapper > .jp-Placeholder")) closed.click();
    for (const closed of next.querySelectorAll("details.hide.above-output, details.hide.below-input, .cell_output details.hide, details.toggle-details")) closed.open = true;
  }
}

// How near a number is: in words, whether it came true, and how many times the allowed distance it is off.
function judgeNumber(guess, q) {
  const side = guess < q.truth ? "low" : "high";
  if (q.within) {
    const points = Math.abs(guess - q.truth), unit = q.unit === "%" ? "points" : q.unit, word = withUnit(points, Math.abs(points - 1) < .05 ? unit.replace(/(\w)s$/, "$1") : unit, points < 10 ? 1 : 0);
    if (points <= q.within / 20) return ["Spot on.", true, 0];
    return [`${points <= q.within ? "Close: " : ""}${word} ${points <= q.within ? "" : "too "}${side}.`, points <= q.within, points / q.within];
  }
  const ratio = guess / q.truth, off = ratio > 0 ? Math.abs(Math.log(ratio)) / Math.log(q.factor) : 99;
  if (Math.abs(ratio - 1) < .01) return ["Spot on.", true, 0];
  const by = ratio > 0 && ratio < 1 ? 1 / ratio : ratio, percent = Math.round(100 * Math.abs(ratio - 1));
  const size = ratio > .5 && ratio < 2 ? `${percent}% ${side}` : ratio > 0 ? `${short(by)} times too ${side}` : "too low";
  return [off <= 1 ? `Right order, ${size}.` : by > 0 && by <= 3 ? `Right order, but ${size}.` : `Not near: ${size}.`, off <= 1, off];
}

// Where a number lies on the axis of the question, from 0 to 1, and back.
function placeOn(q, x) {
  const place = q.log ? Math.log(Math.max(x, q.low) / q.low) / Math.log(q.high / q.low) : (x - q.low) / (q.high - q.low);
  return Math.min(1, Math.max(0, place));
}
function numberAt(q, place) {
  const x = q.log ? q.low * (q.high / q.low) ** place : q.low + place * (q.high - q.low);
  return q.step ? Math.round(x / q.step) * q.step : +x.toPrecision(3);
}
function drawStrip(q, guess, answer) {
  const X = x => 16 + 528 * placeOn(q, x), text = (x, y, words, more = "") => `<text x="${X(x).toFixed(1)}" y="${y}" text-anchor="${X(x) < 60 ? "start" : X(x) > 500 ? "end" : "middle"}"${more}>${words}</text>`;
  const ticks = [0, .25, .5, .75, 1].map(f => numberAt(q, f));
  let inner = `<line x1="16" x2="544" y1="34" y2="34" stroke="currentColor" stroke-width="2"/>`
    + ticks.map(t => `<line x1="${X(t)}" x2="${X(t)}" y1="30" y2="39" stroke="currentColor"/>` + text(t, 53, q.unit === "USD" || q.unit === "%" ? withUnit(t, q.unit) : short(t))).join("");
  if (guess !== null) inner += `<path d="M${X(guess).toFixed(1)} 32l-7-13h14z" fill="var(--cc-blue)"/>` + text(guess, 14, "your guess");
  if (answer) inner += `<circle cx="${X(q.truth).toFixed(1)}" cy="34" r="7" fill="var(--cc-orange)"/>` + text(q.truth, 70, "it is " + withUnit(q.truth, q.unit, q.digits), ' font-weight="700"');
  const words = (guess === null ? "" : "Your guess " + withUnit(guess, q.unit) + ". ") + (answer ? "It is " + withUnit(q.truth, q.unit, q.digits) + "." : "");
  return `<svg class="strip" viewBox="0 0 560 ${answer ? 76 : 58}" role="img" aria-label="Axis from ${withUnit(q.low, q.unit)} to ${withUnit(q.high, q.unit)}. ${words}">${inner}</svg>`;
}

function takeGuess(root, q) {
  if (!root || root.dataset.live) return;
  root.dataset.live = "1";
  const ask = root.querySelector(".ask"), list = root.querySelector(".answers"), result = root.querySelector(".reveal");
  const say = make("p", {role: "status"}), form = make("form", {}), field = make("fieldset"), legend = make("legend");
  const name = "guess" + Math.random().toString(36).slice(2), button = make("button", {type: "submit", class: "main", "data-lm-suppress-shortcuts": ""}, "This is my guess");
  legend.append(...ask.childNodes);
  field.append(legend);
  form.append(field);
  const answers = [...list.querySelectorAll("details")];
  let number, range, strip;
  if (q.kind === "choice") {
    answers.forEach((answer, i) => {
      const words = make("span");
      words.append(...answer.querySelector("summary").cloneNode(true).childNodes);
      field.append(make("label", {class: "choice"}, input({type: "radio", name, value: i}), words));
    });
  } else {
    number = input({type: "number", step: "any", "aria-label": "Your guess" + (q.unit ? " in " + q.unit : ""), required: ""});
    strip = make("div");
    if (q.kind === "axis") {
      range = input({type: "range", min: 0, max: 1000, step: 5, "aria-label": "Your guess on an axis" + (q.unit ? " in " + q.unit : "")});
      const follow = () => { const x = numberAt(q, range.value / 1000); number.value = x; range.setAttribute("aria-valuetext", withUnit(x, q.unit)); strip.innerHTML = drawStrip(q, x, false); };
      range.addEventListener("input", follow);
      number.addEventListener("input", () => { if (number.value !== "") { range.value = 1000 * placeOn(q, +number.value); strip.innerHTML = drawStrip(q, +number.value, false); } });
      range.value = 500;
      follow();
    }
    field.append(make("div", {class: "row"}, ...(range ? [range] : []), make("label", {}, number, q.unit ? " " + q.unit : "")));
    field.append(strip);
  }
  form.append(button);
  list.replaceWith(form, say);
  ask.remove();
  for (const off of root.querySelectorAll(".off")) off.remove();
  if (result) result.hidden = true;
  form.addEventListener("submit", event => {
    event.preventDefault();
    let words, came, off, said;
    if (q.kind === "choice") {
      const chosen = form.querySelector("input:checked");
      if (!chosen) { say.textContent = "Choose one of the answers first."; return; }
      const answer = answers[+chosen.value];
      came = "right" in answer.dataset; off = came ? 0 : 2; said = answer.querySelector("summary").textContent.trim();
      words = [came ? "✓ " : "✗ ", ...answer.querySelector("div").cloneNode(true).childNodes];
    } else {
      const guess = +number.value;
      if (number.value === "" || !isFinite(guess)) { say.textContent = "Write a number first."; return; }
      let verdict; [verdict, came, off] = judgeNumber(guess, q); said = withUnit(guess, q.unit);
      const why = make("span");
      why.innerHTML = came ? q.why : guess < q.truth ? q.too_low : q.too_high;  // made by Python, and escaped there
      words = [`${came ? "✓" : "✗"} ${verdict} It is ${withUnit(q.truth, q.unit, q.digits)}. `, why];
      strip.innerHTML = drawStrip(q, guess, true);
    }
    say.replaceChildren(...words);
    const first = readGuesses()[q.id];
    if (first && first.said !== said) say.append(` (Your first guess, ${first.said}, is the one that counts.)`);
    keepGuess(q.id, {came, off: +off.toFixed(2), said});
    button.textContent = "Guess again";
    if (result) { result.hidden = false; result.open = true; } else if (q.opens) openNextOutputs(root);
  });
}

function showTally(root, lesson) {
  if (!root || root.dataset.live) return;
  root.dataset.live = "1";
  for (const off of root.querySelectorAll(".off")) off.remove();
  const say = make("p", {role: "status"}), more = make("p", {class: "note"}), forget = make("button", {type: "button", "data-lm-suppress-shortcuts": ""}, "Forget these guesses");
  root.querySelector(".tally").append(say, more, forget);
  const show = () => {
    const all = readGuesses(), made = lesson.guesses.filter(q => q.id in all), came = made.filter(q => all[q.id].came);
    const left = lesson.guesses.length - made.length;
    say.textContent = made.length ? `${came.length} of ${made.length} guesses came true${left ? `; ${left} of ${lesson.guesses.length} not made yet` : ""}.` : `No guess made yet, of ${lesson.guesses.length}.`;
    const worst = made.filter(q => !all[q.id].came).reduce((w, q) => !w || all[q.id].off > all[w.id].off ? q : w, null);
    more.textContent = worst ? `Furthest off: ${worst.title}. You said ${all[worst.id].said}; it is ${worst.answer}.` : made.length ? "None of them was far off." : "";
    forget.hidden = !made.length;
  };
  forget.addEventListener("click", () => forgetGuesses(lesson.guesses.map(q => q.id)));
  document.addEventListener("counting-calls-guess", show);
  window.addEventListener("storage", show);
  show();
}

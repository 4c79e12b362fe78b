// Explorers: levers, a table that labkit has made, and pictures of what stands in it. No formula of labkit is here.
// explore(root, spec) is called once for each output; spec is what Explorer.spec() in tables.py gives.
const BLUE = "var(--cc-blue)", ORANGE = "var(--cc-orange)", GREEN = "var(--cc-green)", SKY = "var(--cc-sky)", PINK = "var(--cc-pink)", GREY = "var(--cc-grey)";
const EXPLORER_CSS = `.cc-explorer .set{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(400px,100%),1fr));gap:6px 28px;margin:4px 0 8px}
.cc-explorer .set label{display:grid;grid-template-columns:minmax(0,11.5em) minmax(90px,1fr) 6.2em;gap:10px;line-height:1.25;align-items:center;min-height:34px}.cc-explorer .set label.box{grid-template-columns:auto 1fr}
.cc-explorer .set input[type=range]{width:100%}.cc-explorer .pic{display:flex;flex-wrap:wrap;align-items:flex-start;gap:10px 16px;touch-action:pan-y}.cc-explorer .pic svg{flex:none;overflow:visible}
.cc-explorer .grid{stroke:currentColor;opacity:.16}.cc-explorer .axis{stroke:currentColor;opacity:.5}.cc-explorer .title{font-weight:700}.cc-explorer [data-drag]{cursor:ew-resize}
.cc-explorer output{display:block;font-weight:600;min-height:1.5em;margin:2px 0 6px}.cc-explorer .row{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:6px 0}
.cc-explorer pre{overflow:auto;margin:6px 0;padding:8px;background:var(--cc-soft);border-radius:6px;color:inherit}.cc-explorer summary{cursor:pointer}`;

// ---- numbers and words ----
const fixed = (x, digits) => x.toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});
const usd = x => "$" + fixed(x, x >= 10 ? 2 : x >= 0.1 ? 3 : 4), share = x => fixed(100 * x, 1) + "%", sec = x => Number.isNaN(x) ? "unknown" : fixed(x, 1) + " s";
const round3 = x => +(+x).toPrecision(4);
function inUnit(x, unit) {
  return unit === "USD" ? "$" + (x < 1 ? fixed(x, 2) : round3(x)) : unit === "%" ? round3(100 * x) + "%" : Math.abs(x) >= 1000 ? fixed(x, 0) : unit ? round3(x) + " " + unit : String(round3(x));
}
const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const escaped = s => String(s).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");

// ---- drawing ----
const px = x => x.toFixed(1);
const text = (x, y, words, more = "") => `<text x="${px(x)}" y="${px(y)}" ${more}>${escaped(words)}</text>`;
const rect = (x, y, w, h, fill, more = "") => `<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, w))}" height="${px(h)}" fill="${fill}" ${more}/>`;
const line = (x1, y1, x2, y2, more) => `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" ${more}/>`;
const svg = (w, h, alt, inner) => `<svg width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="${escaped(alt)}">${inner}</svg>`;
const DASHED = 'stroke="currentColor" stroke-width="2" stroke-dasharray="5 4"';

function niceTicks(low, high, most, whole = false) {
  const rough = whole ? Math.max(1, (high - low) / most) : (high - low) / most, power = 10 ** Math.floor(Math.log10(rough)), step = power * (whole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10]).find(m => m * power >= rough);
  const ticks = [];
  for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step) ticks.push(+t.toPrecision(10));
  return ticks;
}
function logTicks(low, high) {
  const ticks = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) for (const m of [1, 2, 5]) if (m * power >= low * .999 && m * power <= high * 1.001) ticks.push(+(m * power).toPrecision(6));
  return ticks;
}
// A pair of axes: places of numbers, and their grid as SVG. right: room for words at the ends of lines.
function axes(w, h, {x, y, xlabel, ylabel, xtext = round3, ytext = round3, log = false, whole = false, right = 12, left = 46}) {
  const top = 26, bottom = h - 36, X = v => left + (w - left - right) * (log ? Math.log(Math.max(v, x[0]) / x[0]) / Math.log(x[1] / x[0]) : (v - x[0]) / (x[1] - x[0]));
  const Y = v => bottom - (bottom - top) * (v - y[0]) / (y[1] - y[0]), all = log ? logTicks(...x) : niceTicks(x[0], x[1], Math.max(3, w / 80), whole);
  let last = -99;
  const base = all.map(t => { const show = X(t) - last > 38; if (show) last = X(t); return line(X(t), top, X(t), bottom, 'class="grid"') + (show ? text(X(t), bottom + 15, xtext(t), 'text-anchor="middle"') : ""); }).join("")
    + niceTicks(y[0], y[1], 5).map(t => line(left, Y(t), w - right, Y(t), 'class="grid"') + text(left - 5, Y(t) + 4, ytext(t), 'text-anchor="end"')).join("")
    + line(left, bottom, w - right, bottom, 'class="axis"') + text((left + w - right) / 2, h - 6, xlabel, 'text-anchor="middle"') + text(2, 14, ylabel, 'class="title"');
  return {X, Y, base, top, bottom, left, right: w - right};
}
// Lines over common places, each with its own colour and dash, and its name at the end where there is room.
function curves(a, xs, series, w) {
  const ends = series.map((s, i) => ({i, y: a.Y(Math.max(...[s.values[xs.length - 1]].map(v => v))), s})).sort((p, q) => p.y - q.y);
  ends.forEach((e, i) => { e.y = Math.max(i ? ends[i - 1].y + 13 : a.top + 4, e.y); });
  const over = ends.length ? Math.max(0, ends[ends.length - 1].y - a.bottom) : 0;
  for (const e of ends) e.y -= over;
  return series.map(s => `<polyline points="${xs.map((x, i) => px(a.X(x)) + "," + px(a.Y(s.values[i]))).join(" ")}" fill="none" stroke="${s.colour}" stroke-width="2.5" stroke-dasharray="${s.dash || ""}" stroke-linejoin="round"/>`).join("")
    + ends.map(e => text(a.right + 4, e.y + 4, e.s.name, `fill="${e.s.colour}" style="fill:${e.s.colour};font-weight:600"`)).join("");
}
const dot = (x, y, colour) => `<circle cx="${px(x)}" cy="${px(y)}" r="5" fill="${colour}" stroke="var(--cc-paper)" stroke-width="1.5"/>`;
const diamond = (x, y, colour, r = 8) => `<path d="M${px(x)} ${px(y - r)}l${r} ${r}-${r} ${r}-${r}-${r}z" fill="${colour}" stroke="var(--cc-paper)" stroke-width="1.5"/>`;
const star = (x, y, colour) => `<path transform="translate(${px(x)} ${px(y)})" d="M0-9l2.6 5.6 6.1.7-4.5 4.2 1.2 6L0 3.4l-5.4 3.1 1.2-6-4.5-4.2 6.1-.7z" fill="${colour}" stroke="var(--cc-paper)" stroke-width="1"/>`;
// A row of bars, each with its words above it; limit: a dashed line where it must stop (or, with atLeast, begin).
function bars(w, rows, alt) {
  const inner = rows.map((r, i) => {
    const y = 16 + i * 58, long = w - 12, part = Number.isFinite(r.value) ? Math.min(1, r.value / r.most) : 0;
    const mark = r.limit === undefined ? "" : line(6 + long * Math.min(1, r.limit / r.most), y + 4, 6 + long * Math.min(1, r.limit / r.most), y + 32, DASHED);
    return text(6, y, r.words, 'font-weight="600"') + rect(6, y + 7, long, 22, "var(--cc-soft)") + rect(6, y + 7, long * part, 22, r.colour || BLUE) + mark;
  }).join("");
  return svg(w, 8 + rows.length * 58, alt, inner);
}

// ---- the views: from the levers and the table to panels, a sentence, and code where there is some ----
// v.s: the levers; v.find(): the numbers of this design, or of another: v.find({retries: 0}); v.along(key): for each
// value of a lever; v.values(key): these values; v.spec; v.w: the width of a panel; v.wide: that of a whole row.
const VIEWS = {
  seventh(v) {
    const {agents, objections, side} = v.s, [calls, cost, seconds, right] = v.find(), six = v.spec.six, w = v.w, h = 270, cx = w / 2, cy = 136, R = 92;
    const ring = [...Array(Math.min(agents, 6)).keys()].map(i => { const t = -Math.PI / 2 + i * Math.PI / 3; return [cx + R * Math.cos(t), cy + R * Math.sin(t)]; });
    const bent = (from, to, bend) => { const mx = (from[0] + to[0]) / 2 + bend * (to[1] - from[1]) / R, my = (from[1] + to[1]) / 2 - bend * (to[0] - from[0]) / R; return `M${px(from[0])} ${px(from[1])}Q${px(mx)} ${px(my)} ${px(to[0])} ${px(to[1])}`; };
    let inner = text(2, 14, "who calls whom", 'class="title"');
    if (agents === 7) ring.forEach((p, i) => {
      if (i < objections) inner += `<path d="${bent([cx, cy], p, 13)}" fill="none" stroke="${ORANGE}" stroke-width="2"/><path d="${bent(p, [cx, cy], 13)}" fill="none" stroke="${BLUE}" stroke-width="2" stroke-dasharray="5 3"/>`;
      else inner += line(...p, cx, cy, 'class="grid" stroke-width="2"');
    });
    ring.forEach((p, i) => { const n = agents === 7 && i < objections ? 2 : 1; inner += `<circle cx="${px(p[0])}" cy="${px(p[1])}" r="19" fill="${BLUE}"/>` + text(p[0], p[1] + 4, many(n, "call"), 'text-anchor="middle" style="fill:var(--cc-paper);font-size:11px;font-weight:700"'); });
    if (agents === 7) inner += `<circle cx="${cx}" cy="${cy}" r="23" fill="${ORANGE}"/>` + text(cx, cy + 4, many(Math.max(1, objections), "call"), 'text-anchor="middle" style="fill:var(--cc-paper);font-size:11.5px;font-weight:700"');
    const note = agents < 7 ? "Each answers once, all at the same time." : objections ? `The seventh objects to ${objections}: as many replies.` : "The seventh agrees: one call, after all the others.";
    inner += text(w / 2, h - 4, note, 'text-anchor="middle"');
    const times = (a, b) => agents < 7 ? "" : `, ${fixed(a / b, 1)} times that of six`;
    const rows = [{words: `${many(calls, "call")}${times(calls, six[0])}`, value: calls, most: 18, limit: agents > 6 ? six[0] : undefined},
      {words: `bill ${usd(cost)}${times(cost, six[1])}`, value: cost, most: 0.54, limit: agents > 6 ? six[1] : undefined, colour: GREEN},
      {words: `${sec(seconds)} until the answer`, value: seconds, most: 65, limit: agents > 6 ? six[2] : undefined, colour: SKY},
      {words: `all calls right: ${share(right)}`, value: right, most: 1, limit: agents > 6 ? six[3] : undefined, colour: PINK}];
    const say = `${many(agents, "agent")}: ${many(calls, "call")}, ${usd(cost)}, ${sec(seconds)}, all right ${share(right)} of the time${agents === 7 ? ` (${side ? "side by side" : "one after another"}; dashed: six agents)` : ""}.`;
    return {panels: [svg(w, h, `${many(agents, "agent")}. ${note}`, inner), bars(w, rows, say)], say, hide: agents < 7 ? ["objections", "side"] : []};
  },

  growing(v) {
    const xs = v.values("steps"), [sent, cached] = v.find(), [alike] = v.find({growth: 0}), s = v.s.steps;
    const all = v.along("steps"), plain = v.along("steps", {growth: 0}), top = Math.max(all[all.length - 1][0], plain[plain.length - 1][0]);
    const a = axes(v.wide, 300, {x: [1, 60], y: [0, top * 1.04], xlabel: "steps", whole: true, ylabel: "input tokens billed in all", ytext: t => t >= 1e6 ? round3(t / 1e6) + "M" : t >= 1e3 ? round3(t / 1e3) + "k" : t, right: 118});
    const series = [{name: "sent again", values: all.map(r => r[0]), colour: ORANGE}, {name: "prefix cached", values: all.map(r => r[1]), colour: BLUE, dash: "7 4"}, {name: "all like the first", values: plain.map(r => r[0]), colour: GREEN, dash: "2 4"}];
    const inner = a.base + curves(a, xs, series, v.wide) + line(a.X(s), a.top, a.X(s), a.bottom, DASHED + ' data-drag="steps"') + dot(a.X(s), a.Y(sent), ORANGE) + dot(a.X(s), a.Y(cached), BLUE) + dot(a.X(s), a.Y(alike), GREEN);
    const dollars = tokens => usd(tokens * v.spec.usd_per_million / 1e6);
    const say = `After ${many(s, "step")} ${fixed(sent, 0)} tokens are billed, ${dollars(sent)} at $${v.spec.usd_per_million} a million: ${fixed(sent / alike, 1)} times what calls like the first would be. With the prefix cached it is the price of ${fixed(cached, 0)}, ${dollars(cached)}.`;
    return {panels: [svg(v.wide, 300, say, inner)], say, drag: {0: {steps: {at: a.X(0), per: a.X(1) - a.X(0)}}}};
  },

  path(v) {
    const [total, read, write, ...slack] = v.find(), s = v.s, {plan, write: writing} = v.spec, w = v.wide, left = 62, X = t => left + (w - left - 70) * t / 20;
    const names = ["papers", "read", "news", "prices"], spare = Object.fromEntries(names.map((n, i) => [n, slack[i]]));
    const rows = [["plan", 0, plan, 0], ["papers", plan, s.papers, spare.papers], ["read", read, s.read, spare.read], ["news", plan, s.news, spare.news], ["prices", plan, s.prices, spare.prices], ["write", write, writing, 0]];
    let inner = text(2, 14, "seconds (orange: the critical path; drag the right ends)", 'class="title"') + niceTicks(0, 20, Math.max(4, w / 90)).map(t => line(X(t), 24, X(t), 236, 'class="grid"') + text(X(t), 252, t + " s", 'text-anchor="middle"')).join("");
    const drag = {};
    rows.forEach(([name, from, long, spareSec], i) => {
      const y = 30 + i * 35, on = spareSec === 0, moves = name in spare;
      inner += text(left - 8, y + 17, name, 'text-anchor="end"' + (on ? ' font-weight="700"' : "")) + rect(X(from), y, X(from + long) - X(from), 24, on ? ORANGE : SKY, 'rx="3"');
      if (!on) inner += rect(X(from + long), y + 9, X(from + long + spareSec) - X(from + long), 6, "var(--cc-soft)") + text(X(from + long + spareSec) + 6, y + 17, `${round3(spareSec)} s of slack`);
      if (moves) { inner += rect(X(from + long) - 7, y - 3, 14, 30, "transparent", `data-drag="${name}"`) + line(X(from + long) - 3, y + 5, X(from + long) - 3, y + 19, 'stroke="var(--cc-paper)" stroke-width="2" pointer-events="none"'); drag[name] = {at: X(from), per: X(1) - X(0)}; }
    });
    inner += line(X(total), 22, X(total), 240, DASHED) + text(X(total) + 5, 30 + 5 * 35 + 17, `  ${sec(total)}`, 'font-weight="700"');
    const on = rows.filter(r => r[3] === 0).map(r => r[0]);
    const say = `${sec(total)}. Critical: ${on.join(", ")}. ${rows.filter(r => r[3] > 0).map(r => `${r[0]} could take ${round3(r[3])} s longer`).join("; ") || "No other step has slack"}.`;
    return {panels: [svg(w, 258, say, inner)], say, drag: {0: drag}};
  },

  cliff(v) {
    const xs = v.values("steps"), {p, retries, detection, correlation, steps} = v.s, promise = {detection: 1, correlation: 0};
    const bare = v.find({retries: 0, ...promise})[0], promised = v.find(promise)[0], here = v.find()[0], a = axes(v.wide, 310, {x: [1, 100], y: [0, 1], xlabel: "steps", whole: true, ylabel: "end-to-end success", ytext: t => round3(100 * t) + "%", right: 104});
    const values = other => v.along("steps", other).map(r => r[0]), series = [{name: "bare", values: values({retries: 0, ...promise}), colour: GREEN, dash: "2 4"}, {name: "as promised", values: values(promise), colour: BLUE, dash: "7 4"}, {name: "as set", values: values({}), colour: ORANGE}];
    const cliff = xs.filter((_, i) => series[2].values[i] >= .5).pop();
    const inner = a.base + curves(a, xs, series, v.wide) + line(a.X(steps), a.top, a.X(steps), a.bottom, DASHED) + [[bare, GREEN], [promised, BLUE], [here, ORANGE]].map(([y, c]) => dot(a.X(steps), a.Y(y), c)).join("");
    const say = `${many(steps, "step")} at p ${p}: bare ${share(bare)}; with ${retries === 1 ? "1 retry" : retries + " retries"} the text promises ${share(promised)}; with ${round3(100 * detection)}% noticed and correlation ${correlation} it is ${share(here)}. ${cliff ? `Half succeed up to ${cliff === 100 ? "100 steps and more" : "about " + many(cliff, "step")}` : "Fewer than half succeed from the first step"}.`;
    return {panels: [svg(v.wide, 310, say, inner)], say, drag: {0: {steps: {at: a.X(0), per: a.X(1) - a.X(0)}}}};
  },

  repeated(v) {
    const xs = v.values("runs"), k = v.s.runs, [every, one] = v.find(), [free, freeOne] = v.find({correlation: 0}), own = v.along("runs"), other = v.along("runs", {correlation: 0});
    const a = axes(v.wide, 310, {x: [1, 20], y: [0, 1], xlabel: "runs of one task (k)", whole: true, ylabel: "share of tasks", ytext: t => round3(100 * t) + "%", right: 132});
    const series = [{name: "all right", values: own.map(r => r[0]), colour: BLUE}, {name: "all, if independent", values: other.map(r => r[0]), colour: BLUE, dash: "2 4"}, {name: "one right", values: own.map(r => r[1]), colour: ORANGE}, {name: "one, if independent", values: other.map(r => r[1]), colour: ORANGE, dash: "2 4"}];
    const inner = a.base + curves(a, xs, series, v.wide) + line(a.X(k), a.top, a.X(k), a.bottom, DASHED) + dot(a.X(k), a.Y(every), BLUE) + dot(a.X(k), a.Y(one), ORANGE);
    const say = `${many(k, "run")} at p ${v.s.p} and correlation ${v.s.correlation}: all right ${share(every)}, if independent ${share(free)}; at least one right ${share(one)}, if independent ${share(freeOne)}.`;
    return {panels: [svg(v.wide, 310, say, inner)], say, drag: {0: {runs: {at: a.X(0), per: a.X(1) - a.X(0)}}}};
  },

  tasks(v) {
    const xs = v.values("tasks"), {tasks, p, difference, parting} = v.s, now = v.find(), [paired, alone, least, leastAlone] = now, rows = v.along("tasks"), points = x => fixed(100 * x, 1) + " points", none = x => Number.isNaN(x);
    const a = axes(v.wide, 310, {x: [25, 5000], y: [0, 1], xlabel: "tasks of each design", ylabel: "how often the difference is found", xtext: t => fixed(t, 0), ytext: t => round3(100 * t) + "%", log: true, right: 96});
    const lines = [["same tasks", BLUE, ""], ["own tasks", ORANGE, "7 4"]].map(([name, colour, dash], i) => ({name, colour, dash, i, values: rows.map(r => r[i])})).filter(l => !none(now[l.i]));
    const inner = a.base + line(a.left, a.Y(.8), a.right, a.Y(.8), DASHED) + curves(a, xs, lines, v.wide) + line(a.X(tasks), a.top, a.X(tasks), a.bottom, DASHED) + lines.map(l => dot(a.X(tasks), a.Y(now[l.i]), l.colour)).join("");
    const same = none(paired) ? `no two designs differ by ${points(difference)} and part on ${share(parting)} of the tasks` : `the same tasks for both find it ${share(paired)} of the time`;
    const own = none(alone) ? `no p lies ${points(difference)} above ${share(p)}` : `tasks of their own ${share(alone)}`;
    const say = `${fixed(tasks, 0)} tasks and a difference of ${points(difference)}: ${same}; ${own}. Found in four runs of five: ${none(least) ? "nothing" : points(least) + " and more"} on the same tasks, ${none(leastAlone) ? "nothing" : points(leastAlone) + " and more"} on their own.`;
    return {panels: [svg(v.wide, 310, say, inner)], say};
  },

  frontier(v) {
    const s = v.s, [cost, seconds, right] = v.find(), w = v.w;
    const designs = more => [false, true].flatMap(routed => [false, true].flatMap(side => v.values("retries").flatMap(retries => [0, s.good].map(good => v.find({routed, side, retries, good, ...more})))));
    const paid = designs({honest: true}), goods = v.values("good"), path = v.spec.line[s.hard][v.values("hit").indexOf(s.hit) * goods.length + goods.indexOf(s.good)].map(i => paid[i]).map(d => [d[0], d[2]]);
    const fits = cost <= s.usd + 1e-9 && seconds <= s.sec + 1e-9 && right >= s.target - 1e-9;
    if (v.kept.best && ["hard", "hit", "good"].some(key => v.kept.best.s[key] !== s[key])) v.kept.best = null;  // another task
    if (fits && (!v.kept.best || cost < v.kept.best.cost - 1e-12)) v.kept.best = {cost, seconds, right, s: {...s}};
    const best = v.kept.best, rows = [
      {words: cost === 0 ? "cost $0: nothing is called" : `cost ${usd(cost)} ${cost <= s.usd + 1e-9 ? "✓" : "✗ over"} ${usd(s.usd)}`, value: cost, most: .5, limit: s.usd, colour: cost <= s.usd + 1e-9 ? BLUE : ORANGE},
      {words: `latency ${sec(seconds)} ${seconds <= s.sec + 1e-9 ? "✓" : "✗ over"} ${sec(s.sec)}`, value: seconds, most: 30, limit: s.sec, colour: seconds <= s.sec + 1e-9 ? BLUE : ORANGE},
      {words: `success ${share(right)} ${right >= s.target - 1e-9 ? "✓" : "✗ below"} ${share(s.target)}`, value: right, most: 1, limit: s.target, colour: right >= s.target - 1e-9 ? BLUE : ORANGE}];
    const a = axes(w, 290, {x: [.004, .6], y: [0, 1], xlabel: "USD a task", ylabel: "success", xtext: t => "$" + t, ytext: t => round3(100 * t) + "%", log: true});
    const x = c => a.X(Math.max(c, .004)), points = path.filter(p => p[0] > 0), stairs = points.length ? points.map(([c, r], i) => (i ? `H${px(x(c))}V` : `M${px(x(c))} `) + px(a.Y(r))).join("") + `H${px(a.right)}` : "";
    const cloud = designs({}).filter(d => d[0] > 0).map(d => `<circle cx="${px(x(d[0]))}" cy="${px(a.Y(d[2]))}" r="3" fill="${GREY}" opacity=".7"/>`).join("");
    let inner = a.base + cloud + `<path d="${stairs}" fill="none" stroke="${SKY}" stroke-width="2.5"/>` + line(x(s.usd), a.top, x(s.usd), a.bottom, DASHED) + line(a.left, a.Y(s.target), a.right, a.Y(s.target), DASHED);
    inner += text(x(s.usd) > w - 70 ? x(s.usd) - 4 : x(s.usd) + 4, a.bottom - 6, "budget", x(s.usd) > w - 70 ? 'text-anchor="end"' : "") + text(a.left + 4, a.Y(s.target) - 4, "wanted") + (best ? star(x(best.cost), a.Y(best.right), GREEN) : "") + diamond(x(cost), a.Y(right), ORANGE, 7);
    if (cost === 0) inner += text(x(0) + 12, a.Y(right) + 16, "free");
    const better = path.some(p => p[0] <= cost + 1e-9 && p[1] > right + 1e-6), idle = !s.routed && s.hard < 12 ? " Hard and easy steps all go to premium; route the easy ones, and their number counts." : "", {judge} = v.spec, asked = !s.good ? "" : s.side ? " All steps have begun at once, so that a judge spares none." : ` The judge stops at ${share(judge.recall)} of the answers that will do, and at ${share(judge.false_alarm)} of the others.`;
    const say = `${cost === 0 ? "$0" : usd(cost)} a task, ${sec(seconds)}, ${share(right)} succeed. ${better ? "Another setting is surer at this price or less." : "No setting is surer at this price."}${idle}${asked}`;
    const found = best ? `Best so far for ${many(s.hard, "hard step")}: ${best.cost === 0 ? "$0" : usd(best.cost)}, ${sec(best.seconds)}, ${share(best.right)}.` : "No setting tried so far keeps both budgets and reaches the target.";
    const parts = [s.hard ? `chain(${s.hard}, PREMIUM, "hard")` : "", s.hard < 12 ? `chain(${12 - s.hard}, PREMIUM, "easy", difficulty="easy")` : ""].filter(Boolean);
    const judged = `\n    .pipe(stop_early, ${s.good}, lambda step: step.name != "${s.hard < 12 ? "easy-" + (12 - s.hard) : "hard-12"}",\n          ${Object.entries(judge).map(([name, value]) => `${name}=${value}`).join(", ")})`;
    const code = `(\n    ${parts.length > 1 ? `${parts[0]}.then(${parts[1]})` : parts[0]}` + (s.routed ? "\n    .pipe(route, SMALL, where=easy)" : "") + (s.side ? "\n    .pipe(parallelize)" : "") + (s.hit ? `\n    .pipe(cache, hit_rate=${s.hit})` : "") + (s.retries ? `\n    .pipe(retry, ${s.retries})` : "") + (s.good && !s.side ? judged : "") + `\n).outcome("${s.honest ? "expected" : "textbook"}")`;
    return {panels: [bars(w, rows, `Three numbers of the design against their limits. ${say}`), svg(w, 290, `Success over dollars. Yours: ${usd(cost)}, ${share(right)}. The line joins the designs that nothing beats.`, inner)], say, note: found,
      back: best && JSON.stringify(best.s) !== JSON.stringify(s) ? best.s : null, code};
  },

  crossover(v) {
    const xs = v.values("value"), V = v.s.value, names = v.spec.designs, rows = v.along("value"), now = v.find(), colours = [GREY, SKY, ORANGE, PINK, BLUE, GREEN, "currentColor"], shown = [2, 3, 4, 5, 6], top = V <= 4 ? 4 : 50;
    const inside = xs.map((x, i) => i).filter(i => xs[i] <= top), lift = rows.map(r => names.map((_, d) => r[2 * d])), all = inside.flatMap(i => shown.map(d => lift[i][d])), low = Math.min(...all, 0), high = Math.max(...all);
    const a = axes(v.w, 300, {x: [0, top], y: [low, high], xlabel: "value of a success", ylabel: "profit above the plain chain", xtext: t => "$" + t, ytext: t => (t < 0 ? "−$" : "$") + Math.abs(round3(t)), right: 12, left: 52});
    const inner = a.base + line(a.left, a.Y(0), a.right, a.Y(0), 'class="axis"') + shown.map(d => `<polyline points="${inside.map(i => px(a.X(xs[i])) + "," + px(a.Y(lift[i][d]))).join(" ")}" fill="none" stroke="${colours[d]}" stroke-width="2.5"/>`).join("")
      + line(a.X(V), a.top, a.X(V), a.bottom, DASHED) + shown.map(d => dot(a.X(V), a.Y(now[2 * d]), colours[d])).join("");
    const order = names.map((_, d) => d).sort((p, q) => now[2 * q + 1] - now[2 * p + 1]), most = Math.max(.01, ...order.map(d => now[2 * d + 1])), least = Math.min(0, ...order.map(d => now[2 * d + 1])), w = v.w;
    const zero = 6 + (w - 12) * -least / (most - least), ranked = order.map((d, i) => {
      const y = 34 + i * 42, value = now[2 * d + 1], x = 6 + (w - 12) * (value - least) / (most - least);
      return text(6, y, `${i + 1}. ${names[d]}: ${value < 0 ? "−" : ""}${usd(Math.abs(value))} a task`, i ? "" : 'font-weight="700"') + rect(Math.min(zero, x), y + 5, Math.abs(x - zero), 18, colours[d]);
    }).join("");
    const say = `Where a success is worth ${inUnit(V, "USD")}, ${names[order[0]]} brings most, ${usd(now[2 * order[0] + 1])} a task; then ${names[order[1]]}. Last: ${names[order[order.length - 1]]}.`;
    return {panels: [svg(w, 300, `Profit above the plain chain over the value of a success. ${say}`, inner), svg(w, 330, `Designs by profit: ${order.map(d => names[d]).join(", ")}.`, text(2, 14, "profit a task, the best first", 'class="title"') + ranked)], say};
  },

  map(v) {
    const {recall, budget} = v.s, [best, ...right] = v.find(), w = v.w, xs = v.values("recall"), ys = v.values("budget"), a = axes(w, 310, {x: [0, 1], y: [18, 28], xlabel: "failures that are noticed (recall)", ylabel: "latency budget (s)", xtext: t => round3(100 * t) + "%", right: 14});
    const fills = ["transparent", "var(--cc-soft)", SKY, ORANGE], dx = (a.right - a.left) / (xs.length - 1);
    const drawCells = () => ys.slice(0, -1).map((y, j) => {    // one rectangle for each run of equal advice
      const row = xs.map(x => v.find({recall: x, budget: y})[0]), top = a.Y(ys[j + 1]), high = a.Y(y) - top, found = [];
      for (let i = 1, from = 0; i <= xs.length; i++) {
        if (row[i] === row[from]) continue;
        const l = Math.max(a.left, a.X(xs[from]) - dx / 2), r = Math.min(a.right, a.X(xs[i - 1]) + dx / 2);
        found.push(rect(l, top, r - l, high, fills[row[from]], (row[from] > 1 ? 'fill-opacity=".55" ' : "") + 'shape-rendering="crispEdges"'));
        from = i;
      }
      return found.join("");
    }).join("");
    if (v.kept.w !== w) { v.kept.w = w; v.kept.cells = drawCells(); }
    const cells = v.kept.cells;
    const words = [[.5, 19, "nothing fits"], [.5, 21, "bare chain"], [.5, 23, "retry"], [.4, 26.6, "debate"], [.92, 26.6, "retry"]].map(([x, y, s]) => text(a.X(x), a.Y(y) + 4, s, 'text-anchor="middle" font-weight="700"')).join("");
    const inner = cells + a.base + words + line(a.X(recall), a.top, a.X(recall), a.bottom, DASHED) + line(a.left, a.Y(budget), a.right, a.Y(budget), DASHED) + diamond(a.X(recall), a.Y(budget), BLUE) + rect(a.left, a.top, a.right - a.left, a.bottom - a.top, "transparent", 'data-drag="recall" data-drag-y="budget"');
    const names = v.spec.advice.slice(1), rows = names.map((n, i) => ({words: `${n}: ${Number.isNaN(right[i]) ? `may take ${v.spec.seconds[i]} s, too long` : share(right[i])}${i + 1 === best ? "  ← the surest that fits" : ""}`, value: right[i], most: 1, colour: i + 1 === best ? [GREY, SKY, ORANGE][i] : GREY}));
    const say = `With ${round3(100 * recall)}% of failures noticed and ${round3(budget)} s: ${best ? `${v.spec.advice[best]}, right ${share(right[best - 1])} of the time` : "nothing fits"}.`;
    return {panels: [svg(w, 310, `Map of advice. ${say}`, inner), bars(w, rows, say)], say, drag: {0: {recall: {at: a.left, per: a.right - a.left}, budget: {at: a.Y(0), per: a.Y(1) - a.Y(0)}}}};
  },

  budgets(v) {
    const s = v.s, all = v.rows, made = v.spec.made, w = v.w, keeps = p => p[0] <= s.usd + 1e-9 && p[1] <= s.sec + 1e-9, surest = list => list.reduce((b, p) => !b || p[2] > b[2] ? p : b, null);
    const within = all.filter(keeps), best = surest(within), panel = (k, limit, x, label, show) => {
      const a = axes(w, 290, {x, y: [.5, 1], xlabel: label, ylabel: "success", xtext: show, ytext: t => round3(100 * t) + "%"});
      return {a, svg: alt => svg(w, 290, alt, a.base + all.map(p => `<circle cx="${px(a.X(Math.min(x[1], p[k])))}" cy="${px(a.Y(p[2]))}" r="3.2" fill="${keeps(p) ? BLUE : GREY}" opacity="${keeps(p) ? .9 : .4}"/>`).join("") + line(a.X(limit), a.top, a.X(limit), a.bottom, DASHED) + rect(a.X(limit) - 8, a.top, 16, a.bottom - a.top, "transparent", `data-drag="${k ? "sec" : "usd"}"`) + (best ? diamond(a.X(best[k]), a.Y(best[2]), ORANGE) : ""))};
    };
    const left = panel(0, s.usd, [0, 1.2], "USD a task", t => "$" + round3(t)), right = panel(1, s.sec, [10, 40], "seconds a task", t => round3(t));
    let say, note;
    if (best) {
      const more = [["dollars", surest(all.filter(p => p[1] <= s.sec + 1e-9))], ["seconds", surest(all.filter(p => p[0] <= s.usd + 1e-9))]].filter(([, p]) => p[2] > best[2] + 1e-9).map(([n]) => n);
      say = `${within.length} of ${all.length} designs keep both. The surest: ${share(best[2])} for ${usd(best[0])} in ${sec(best[1])}. ${more.length ? `The budget of ${more.join(" and that of ")} binds.` : "Neither budget binds."}`;
      note = made[all.indexOf(best)];
    } else {
      const cheap = all.filter(p => p[1] <= s.sec + 1e-9).reduce((b, p) => !b || p[0] < b[0] ? p : b, null), quick = all.filter(p => p[0] <= s.usd + 1e-9).reduce((b, p) => !b || p[1] < b[1] ? p : b, null);
      say = `No design keeps both budgets.`;
      note = [cheap ? `In ${sec(s.sec)} the cheapest costs ${usd(cheap[0])}.` : `No design takes less than ${sec(Math.min(...all.map(p => p[1])))}.`, quick ? `For ${usd(s.usd)} the quickest takes ${sec(quick[1])}.` : `No design costs less than ${usd(Math.min(...all.map(p => p[0])))}.`].join(" ");
    }
    const per = p => ({at: p.a.X(0), per: p.a.X(1) - p.a.X(0)});
    return {panels: [left.svg(`Success over dollars. ${say}`), right.svg(`Success over seconds. ${say}`)], say, note, drag: {0: {usd: per(left)}, 1: {sec: per(right)}}};
  },

  queue(v) {
    const s = v.s, xs = v.values("rate"), [used, wait, p95] = v.find(), w = v.w, h = 290, top = Math.max(8, 2 * s.promise), kept = p95 <= s.promise + 1e-9;
    const a = axes(w, h, {x: [0, xs[xs.length - 1]], y: [0, top], xlabel: "requests a second", ylabel: "95% of calls within (s)", right: 12});
    const path = (other, colour, dash) => `<polyline points="${v.along("rate", other).map((r, i) => px(a.X(xs[i])) + "," + px(a.Y(Math.min(top, Number.isNaN(r[2]) ? top : r[2])))).join(" ")}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}" stroke-linejoin="round"/>`;
    const at = Math.min(top, Number.isNaN(p95) ? top : p95), long = x => Number.isNaN(x) ? used >= 1 ? "for ever" : "over five minutes" : fixed(x, x < 10 ? 2 : 0) + " s";
    const inner = a.base + path({calls: 1, burstiness: 1}, GREY, "2 4") + path({}, BLUE, "") + line(a.left, a.Y(s.promise), a.right, a.Y(s.promise), DASHED) + text(a.right - 4, a.Y(s.promise) - 6, "promised", 'text-anchor="end"') + line(a.X(s.rate), a.top, a.X(s.rate), a.bottom, DASHED) + diamond(a.X(s.rate), a.Y(at), kept ? GREEN : ORANGE) + rect(a.X(s.rate) - 8, a.top, 16, a.bottom - a.top, "transparent", 'data-drag="rate"');
    const rows = [{words: `places taken: ${share(used)}`, value: used, most: 1.25, limit: 1}, {words: `a call waits ${long(wait)} on average`, value: Number.isNaN(wait) ? top : wait, most: top, colour: SKY}, {words: `95% of calls within ${long(p95)}`, value: Number.isNaN(p95) ? top : p95, most: top, limit: s.promise, colour: kept ? GREEN : ORANGE}];
    const say = used >= 1 ? `${share(used)} of the places would be taken: the queue grows as long as the load lasts.` : `${share(used)} of the places are taken, a call waits ${long(wait)} on average, and 95% of calls are answered within ${long(p95)}: the promise ${kept ? "holds" : "is broken"}.`;
    return {panels: [svg(w, h, `Seconds over requests a second. ${say} Dotted: one call a request, no bursts.`, inner), bars(w, rows, say)], say, note: `Calls of 2 s that scatter (ours). ${s.calls > 1 ? `A request of ${many(s.calls, "call")} takes as many places; the seconds are those of one call.` : "The seconds are those of one call."}${s.burstiness > 1 ? ` Bursts by Hayward's law: of scattered size, 1 to many at once, ${fixed((s.burstiness + 1) / 2, 0)} on average.` : ""}`, drag: {0: {rate: {at: a.X(0), per: a.X(1) - a.X(0)}}}};
  },

  timeline(v) {
    const {steps, sec: seconds, tries, right, needs} = v.spec, task = v.s.task - 1, start = v.find(), long = seconds[task], end = start.map((x, i) => x + long[i]), last = Math.max(...end), now = v.s.clock * last, w = v.wide, left = 66;
    const most = v.kept.most || (v.kept.most = Math.max(...seconds.map(row => row.reduce((a, b) => a + b, 0)))), scale = v.s.places === 1 ? most : Math.max(last, most * .55), X = t => left + (w - left - 56) * t / scale, h = 34 + steps.length * 20, path = new Set();
    for (let at = end.indexOf(last); at !== undefined;) {  // what each step waited for last: a need, or a place
      path.add(at);
      const from = start[at];
      at = needs[at].find(n => Math.abs(end[n] - from) < 1e-5) ?? end.findIndex((e, i) => i !== at && from > 1e-6 && Math.abs(e - from) < 1e-5);
      if (at === -1) at = undefined;
    }
    let inner = text(2, 14, "seconds (outlined: what the end waited for)", 'class="title"') + niceTicks(0, scale, Math.max(3, w / 110)).map(t => line(X(t), 22, X(t), h, 'class="grid"') + text(X(t), h + 15, round3(t) + " s", 'text-anchor="middle"')).join("");
    steps.forEach((name, i) => {
      const y = 26 + i * 20, done = Math.min(end[i], now), again = tries[task][i] > 1;
      inner += text(left - 6, y + 12, name, 'text-anchor="end"') + rect(X(start[i]), y, X(end[i]) - X(start[i]), 15, "var(--cc-soft)") + (done > start[i] ? rect(X(start[i]), y, X(done) - X(start[i]), 15, right[task][i] ? again ? PINK : SKY : ORANGE) : "");
      if (path.has(i)) inner += rect(X(start[i]), y, X(end[i]) - X(start[i]), 15, "none", `stroke="currentColor" stroke-width="2"`);
      if (again || !right[task][i]) inner += text(X(end[i]) + 4, y + 12, [again ? tries[task][i] + " tries" : "", right[task][i] ? "" : "wrong"].filter(Boolean).join(", "));
    });
    inner += line(X(now), 20, X(now), h, DASHED);
    const going = steps.filter((_, i) => start[i] <= now && now < end[i] - 1e-6).length;
    const say = `Task ${v.s.task}, at most ${v.s.places} in flight, ${v.s.seen ? "graph seen" : "as listed"}: ${sec(last)}.` + (v.s.clock < 1 ? ` At ${sec(now)} ${many(going, "call")} in flight.` : "");
    return {panels: [svg(w, h + 20, say, inner)], say, play: "clock", drag: {0: {}}};
  },
};

// ---- the table, the controls, and what they do ----
async function unpack({data, unit, shape}) {
  const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer()), size = unit === null ? 4 : 2, count = planes.length / size, raw = new Uint8Array(planes.length);
  for (let b = 0; b < size; b++) for (let i = 0; i < count; i++) raw[i * size + b] = planes[b * count + i];
  if (unit === null) return {numbers: new Float32Array(raw.buffer), shape};
  return {numbers: Float64Array.from(new Uint16Array(raw.buffer), n => n === 65535 ? NaN : n * unit), shape};
}
function input(attributes) {
  const element = document.createElement("input");
  element.setAttribute("data-lm-suppress-shortcuts", "");  // on each input itself, or JupyterLab takes its arrow keys
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
// One lever: a slider and a number field that follow each other, or a box. set(value) moves it, take(value) is called.
function control(lever, take) {
  const label = document.createElement("label"), name = document.createElement("span"), shown = lever.unit === "%" ? 100 : 1, values = lever.values;
  name.textContent = lever.label + (lever.unit === "USD" ? " ($)" : lever.unit ? ` (${lever.unit})` : "");
  if ("on" in lever) {
    const box = input({type: "checkbox"});
    label.className = "box";
    label.append(box, name);
    box.addEventListener("change", () => take(box.checked));
    return {label, set: on => { box.checked = on; }};
  }
  const nearest = x => values.reduce((b, y, i) => Math.abs(y - x) < Math.abs(values[b] - x) ? i : b, 0), low = values ? values[0] : lever.low, high = values ? values[values.length - 1] : lever.high;
  const range = input(values ? {type: "range", min: 0, max: values.length - 1, step: 1} : {type: "range", min: lever.low, max: lever.high, step: lever.step});
  const field = input({type: "number", min: +(low * shown).toPrecision(6), max: +(high * shown).toPrecision(6), step: "any", "aria-label": name.textContent + ", as a number"});
  const fit = x => values ? values[nearest(x)] : Math.min(high, Math.max(low, x));
  range.addEventListener("input", () => take(values ? values[+range.value] : +range.value));
  field.addEventListener("change", () => { if (field.value !== "" && isFinite(+field.value)) take(fit(+field.value / shown)); else set(set.now); });
  field.addEventListener("input", () => { if (field.value !== "" && !values) { const x = +field.value / shown; if (x >= low && x <= high) take(x); } });
  label.append(name, range, field);
  const set = x => {
    set.now = x;
    range.value = values ? nearest(x) : x;
    range.setAttribute("aria-valuetext", inUnit(x, lever.unit));
    const words = String(+(x * shown).toPrecision(6));
    if (document.activeElement !== field || +field.value !== +words) field.value = words;
  };
  return {label, set, fit};
}

async function explore(root, spec) {
  if (!root || root.dataset.live) return;
  root.dataset.live = "1";
  let table;
  try { table = await unpack(spec.table); } catch { return; }  // an old browser keeps the picture
  const make = (tag, className) => { const e = document.createElement(tag); if (className) e.className = className; return e; };
  const style = make("style"), set = make("div", "set"), out = make("output"), note = make("p", "note"), pic = make("div", "pic"), row = make("div", "row"), box = make("details"), pre = make("pre"), back = make("button"), copy = make("button"), play = make("button");
  style.textContent = EXPLORER_CSS;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", spec.title);
  out.setAttribute("aria-live", "polite");
  for (const button of [back, copy, play]) { button.type = "button"; button.setAttribute("data-lm-suppress-shortcuts", ""); button.hidden = true; }
  back.textContent = "Back to the best so far"; copy.textContent = "Copy as code"; play.textContent = "Play";
  pre.tabIndex = 0;
  box.innerHTML = "<summary>This design as code</summary>";
  box.append(pre);
  box.hidden = true;
  const state = Object.fromEntries(spec.levers.map(l => [l.key, "on" in l ? l.on : l.values ? l.values[l.at] : l.at])), axesOf = spec.levers.filter(l => l.values || "on" in l);
  const places = Object.fromEntries(axesOf.map(l => [l.key, new Map((l.values || [false, true]).map((x, i) => [x, i]))])), size = table.shape.slice(axesOf.length).reduce((a, b) => a * b, 1);
  const offset = s => axesOf.reduce((at, l) => at * (l.values ? l.values.length : 2) + places[l.key].get(s[l.key]), 0) * size, rows = [];
  if (!axesOf.length) for (let i = 0; i < table.shape[0]; i++) rows.push(Array.from(table.numbers.subarray(i * table.shape[1], (i + 1) * table.shape[1])));
  const view = {spec, kept: {}, rows, find: (other = {}) => { const at = offset({...state, ...other}); return Array.from(table.numbers.subarray(at, at + size)); },
    values: key => axesOf.find(l => l.key === key).values, along: (key, other = {}) => view.values(key).map(x => view.find({...other, [key]: x}))};
  const controls = {}, move = (key, value) => { if (state[key] !== value) { state[key] = value; show(); } };
  for (const lever of spec.levers) { controls[lever.key] = control(lever, value => move(lever.key, value)); controls[lever.key].set(state[lever.key]); }
  for (const lever of [...spec.levers.filter(l => !("on" in l)), ...spec.levers.filter(l => "on" in l)]) set.append(controls[lever.key].label);  // boxes last
  let wait, shown = {}, first = true;
  function show() {
    const room = Math.max(280, Math.min(960, pic.clientWidth || root.clientWidth || 320)), columns = room >= 600 ? 2 : 1;
    view.s = {...state}; view.w = Math.min(460, Math.floor((room - 16 * (columns - 1)) / columns)); view.wide = Math.min(720, room);
    shown = VIEWS[spec.view](view);
    pic.innerHTML = shown.panels.join("");
    for (const key in controls) { controls[key].set(state[key]); controls[key].label.hidden = (shown.hide || []).includes(key); }
    note.textContent = shown.note || ""; note.hidden = !shown.note;
    back.hidden = !shown.back; play.hidden = !shown.play; copy.hidden = box.hidden = !shown.code;
    if (shown.code) pre.textContent = shown.code;
    clearTimeout(wait);
    if (first) { out.textContent = shown.say; first = false; } else wait = setTimeout(() => { out.textContent = shown.say; }, 300);  // say it once you stop
  }
  back.addEventListener("click", () => { Object.assign(state, shown.back); show(); });
  copy.addEventListener("click", async () => {
    box.open = true;
    try { await navigator.clipboard.writeText(shown.code); copy.textContent = "Copied"; } catch { getSelection().selectAllChildren(pre); copy.textContent = "Selected: press Ctrl+C"; }
    setTimeout(() => { copy.textContent = "Copy as code"; }, 2000);
  });
  play.addEventListener("click", () => {
    const key = shown.play, began = performance.now(), lasts = 6000;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || play.dataset.going) { delete play.dataset.going; move(key, 1); play.textContent = "Play"; return; }
    play.dataset.going = "1"; play.textContent = "Stop";
    const step = now => {
      if (!play.dataset.going || !root.isConnected) return;
      const at = Math.min(1, (now - began) / lasts);
      move(key, at);
      if (at < 1) requestAnimationFrame(step); else { delete play.dataset.going; play.textContent = "Play"; }
    };
    requestAnimationFrame(step);
  });
  let held = null;                                           // what the pointer drags: a panel, a lever along x, one along y
  const dragTo = event => {
    const panel = pic.children[held.panel], rules = (shown.drag || {})[held.panel] || {};
    if (!panel) return;
    const at = panel.getBoundingClientRect(), scale = panel.viewBox.baseVal.width / at.width, X = (event.clientX - at.left) * scale, Y = (event.clientY - at.top) * scale;
    for (const [key, place] of [[held.x, X], [held.y, Y]]) if (key && rules[key]) { const value = controls[key].fit((place - held.at[key].at) / held.at[key].per); if (state[key] !== value) state[key] = value; }
    show();
  };
  pic.addEventListener("pointerdown", event => {
    const grip = event.target.closest("[data-drag]");
    if (!grip) return;
    const panel = [...pic.children].indexOf(grip.closest("svg"));
    held = {panel, x: grip.dataset.drag, y: grip.dataset.dragY, at: {...((shown.drag || {})[panel] || {})}};
    pic.setPointerCapture(event.pointerId);
    event.preventDefault();
    dragTo(event);
  });
  pic.addEventListener("pointermove", event => { if (held) dragTo(event); });
  for (const end of ["pointerup", "pointercancel"]) pic.addEventListener(end, () => { held = null; });
  const still = root.querySelector(".still");
  row.append(play, back, copy);
  root.append(style, set, out, note, pic, row, box);
  if (still) still.remove();
  show();
  new ResizeObserver(() => { if (pic.clientWidth && pic.clientWidth !== view.room) { view.room = pic.clientWidth; show(); } }).observe(pic);
}

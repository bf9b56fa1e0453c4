// Looks at HTML reports as a browser shows them: axe (accessibility), nothing cut, nothing overlapping, the verdict in
// the first screen, and how many pages print takes. Started by docs/check-html, which installs what it needs.
//
// usage: node check-html.js CHROMIUM OUT FILE...
const fs = require("fs");
const path = require("path");
const puppeteer = require("puppeteer-core");

const [chromium, out, ...files] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [400, 900, 1600];
const SERIOUS = ["serious", "critical"];

// What of the page is wider than the page, and which texts of one picture lie on each other.
function layout() {
  const found = [];
  if (document.documentElement.scrollWidth > window.innerWidth) {
    found.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${window.innerWidth}`);
  }
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue;
    const boxes = [...svg.querySelectorAll("text")].map(t => ({ t: t.textContent, of: t.getAttribute("class"), r: t.getBoundingClientRect() })).filter(b => b.r.width > 0);
    for (const { t, r } of boxes) {
      if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1) {
        found.push(`"${t}" is cut by its picture`);
      }
    }
    const words = boxes.filter(b => b.of === "flag-word");
    for (const pole of svg.querySelectorAll("line.pole")) {
      const p = pole.getBoundingClientRect();
      const hit = words.find(({ r }) => p.left > r.left + 2 && p.left < r.right - 2 && p.top < r.bottom - 3 && p.bottom > r.top + 3);
      if (hit) found.push(`a pole goes through "${hit.t}"`);
    }
    for (let i = 0; i < boxes.length; i++) {
      for (let k = i + 1; k < boxes.length; k++) {
        const [a, b] = [boxes[i].r, boxes[k].r];
        const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (x > 1 && y > 2) found.push(`"${boxes[i].t}" and "${boxes[k].t}" overlap`);
      }
    }
  }
  const verdict = document.querySelector("h1");
  if (!verdict) found.push("no h1");
  else if (verdict.getBoundingClientRect().bottom > window.innerHeight) found.push("the verdict does not end in the first screen");
  return found;
}

(async () => {
  const browser = await puppeteer.launch({
    executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
  });
  let bad = 0;
  const tell = (file, what) => { bad += 1; console.log(`${path.basename(file)}: ${what}`); };
  for (const file of files) {
    const name = path.basename(file, ".html");
    const page = await browser.newPage();
    await page.setRequestInterception(true);
    page.on("request", r => {
      if (/^(file|data):/.test(r.url())) return r.continue();
      tell(file, `asks for ${r.url()}`);
      r.abort();
    });
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      for (const width of WIDTHS) {
        await page.setViewport({ width, height: 900 });
        await page.goto(`file://${path.resolve(file)}`);
        for (const what of await page.evaluate(layout)) tell(file, `${width} ${scheme}: ${what}`);
        await page.evaluate(() => document.querySelectorAll("details").forEach(d => { d.open = true; }));
        for (const what of await page.evaluate(layout)) {
          if (!what.startsWith("the verdict")) tell(file, `${width} ${scheme}, all open: ${what}`);
        }
        await page.evaluate(axe);
        const result = await page.evaluate(() => axe.run());
        for (const v of result.violations) {
          const what = `axe ${v.impact}: ${v.id} (${v.nodes.length}): ${v.nodes[0].target} ${v.nodes[0].failureSummary || ""}`;
          if (SERIOUS.includes(v.impact)) tell(file, `${width} ${scheme}: ${what}`);
          else console.log(`  note, ${name} ${width} ${scheme}: ${what.split("\n")[0]}`);
        }
        await page.reload();
        await page.screenshot({ path: path.join(out, `${name}-${width}-${scheme}.png`), fullPage: false });
      }
    }
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    const pdf = await page.pdf({ path: path.join(out, `${name}.pdf`), format: "A4" });
    const pages = (Buffer.from(pdf).toString("latin1").match(/\/Type\s*\/Page[^s]/g) || []).length;
    console.log(`  ${name}: ${fs.statSync(file).size} bytes, ${pages} pages printed`);
    if (pages > 2) tell(file, `${pages} pages printed; two are enough`);
    await page.close();
  }
  await browser.close();
  console.log(bad === 0 ? "no serious finding" : `${bad} findings`);
  process.exit(bad === 0 ? 0 : 1);
})();

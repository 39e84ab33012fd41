// A chart of bars as SVG: a group of them a row, side by side, on a logarithmic scale, since what is compared differs by powers of ten.

const width = 860;
const labels = 190;
const bar = 9;
const gap = 10;
const top = 56;
const colours = ['#9aa5b1', '#d98e04', '#3b6ea8', '#2e8b57', '#8e44ad', '#c0392b'];

/**
 * @param title
 * @param series the names of the bars of a group
 * @param groups `{ name, values }`, a value a series; undefined where there is none
 * @returns the text of an SVG file
 */
export function draw({ title, series, groups }) {
  const values = groups.flatMap((group) => group.values.filter((value) => value !== undefined));
  const [low, high] = [
    10 ** Math.floor(Math.log10(Math.min(...values))),
    10 ** Math.ceil(Math.log10(Math.max(...values))),
  ];
  const across = (value) => labels + ((width - labels - 60) * Math.log10(value / low)) / Math.log10(high / low);
  const tall = series.length * bar + gap;
  const height = top + groups.length * tall + 30;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="10" y="18" font-size="14">${escaped(title)}</text>`,
    ...series.map((name, i) => key(name, i)),
    ...powers(low, high).map((value) => line(across(value), value, height)),
    ...groups.flatMap((group, i) => bars(group, top + i * tall, across)),
    '</svg>',
  ].join('\n')}\n`;
}

function key(name, i) {
  const x = 10 + i * 120;
  return `<rect x="${x}" y="28" width="10" height="10" fill="${colours[i]}"/><text x="${x + 14}" y="37">${escaped(name)}</text>`;
}

function powers(low, high) {
  const found = [];
  for (let value = low; value <= high * 1.001; value *= 10) found.push(value);
  return found;
}

function line(x, value, height) {
  const at = x.toFixed(1);
  const text = `<text x="${at}" y="${height - 8}" text-anchor="middle" fill="#555">${Number(value.toPrecision(1))}</text>`;
  return `<path d="M${at} ${top - 6}V${height - 22}" stroke="#ddd"/>${text}`;
}

function bars({ name, values }, y, across) {
  const drawn = values.flatMap((value, i) => {
    if (value === undefined) return [];
    const end = across(value);
    const place = `x="${labels}" y="${y + i * bar}" width="${Math.max(1, end - labels).toFixed(1)}" height="${bar - 1}"`;
    const number = `<text x="${(end + 3).toFixed(1)}" y="${y + i * bar + 8}" font-size="8">${Number(value.toPrecision(3))}</text>`;
    return [`<rect ${place} fill="${colours[i]}"/>${number}`];
  });
  const middle = y + (values.length * bar) / 2 + 3;
  return [`<text x="${labels - 6}" y="${middle}" text-anchor="end">${escaped(name)}</text>`, ...drawn];
}

function escaped(text) {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.codePointAt(0)};`);
}

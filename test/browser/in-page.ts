// What tests ask a page, in the page: each function stands alone, since its text is all that gets there. Each returns what is wrong, a
// sentence apiece.

/** What stands out of the window at its side; tables and diagrams that scroll by themselves do not. */
export function sideways(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const out = [...document.querySelectorAll('body *')].filter(
    (element) => element.getBoundingClientRect().right > clientWidth + 0.5 && element.closest('.scroll, .pan, pre') === null,
  );
  return [
    `the page is ${scrollWidth} px wide in a window of ${clientWidth}`,
    ...out.slice(0, 5).map((element) => `${element.tagName} ${element.id} ${element.className}: ${element.textContent.slice(0, 60)}`),
  ];
}

export function openDetails(): void {
  for (const details of document.querySelectorAll('details')) details.open = true;
}

/** Tables that are wider than their place. */
export function wideTables(): string[] {
  return [...document.querySelectorAll('table')].flatMap((table) => {
    const place = table.parentElement!;
    const beyond = table.getBoundingClientRect().width - place.clientWidth;
    return beyond > 0.5 ? [`${table.getAttribute('aria-labelledby')}: ${beyond.toFixed(1)} px beyond ${place.clientWidth}`] : [];
  });
}

/** Tables whose hint stands there without need, or is missing. */
export function wrongHints(): string[] {
  return [...document.querySelectorAll('table')].flatMap((table) => {
    const place = table.parentElement!;
    const name = table.getAttribute('aria-labelledby')!;
    const goesOn = { right: place.scrollWidth > place.clientWidth, below: place.scrollHeight > place.clientHeight };
    return (['right', 'below'] as const).flatMap((side) => {
      const hint = place.querySelector(`.hint.${side}`);
      if (hint === null) return [`${name}: no hint for what goes on to the ${side}`];
      const { left, right, height } = hint.getBoundingClientRect();
      const shown = height > 0;
      if (shown !== goesOn[side]) return [`${name}: the hint ${side} is ${shown ? '' : 'not '}shown; ${JSON.stringify(goesOn)}`];
      const box = place.getBoundingClientRect();
      return shown && (left < box.left - 1 || right > box.right + 1) ? [`${name}: the hint ${side} is cut`] : [];
    });
  });
}

/** What of the answer is missing, or does not end within so many pixels from the top. */
export function answerBeyond(height: number): string[] {
  const places = [
    ['question', '#answer h2'],
    ['answer', '#answer .says'],
    ['matrix or ranking', '#answer .scroll:has(table)'],
    ['figure', '#figure-answer svg'],
  ] as const;
  return places.flatMap(([what, selector]) => {
    const found = [...document.querySelectorAll(selector)]
      .map((element) => element.getBoundingClientRect())
      .filter((box) => box.height > 0);
    if (found.length === 0) return [`no ${what}`];
    const bottom = Math.max(...found.map((box) => box.bottom)) + scrollY;
    return bottom > height ? [`${what} ends at ${Math.round(bottom)} px`] : [];
  });
}

/** Texts of drawings that lie over each other, or are cut by the drawing's edge. */
export function spoiltTexts(): string[] {
  return [...document.querySelectorAll('svg')].flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0 || frame.height === 0) return [];
    const name = svg.closest('[id]')?.id ?? '';
    // Ascent and descent beyond the letters are no ink.
    const texts = [...svg.querySelectorAll('text')].flatMap((text) => {
      const { left, right, top, bottom } = text.getBoundingClientRect();
      const height = bottom - top;
      return right > left && text.textContent.trim() !== ''
        ? [{ words: text.textContent, left, right, top: top + height * 0.2, bottom: bottom - height * 0.22 }]
        : [];
    });
    const cut = texts.filter(
      ({ left, right, top, bottom }) =>
        left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1,
    );
    const over = texts.flatMap((a, index) =>
      texts
        .slice(index + 1)
        .filter(
          (b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5,
        )
        .map((b) => `${name}: “${a.words}” and “${b.words}” overlap`),
    );
    return [...cut.map(({ words }) => `${name}: “${words}” is cut`), ...over];
  });
}

/** Names of a legend whose keys are alike once colour is taken away: lines by dash, outline and filling, areas by hatching and lightness. */
export function likeKeys(): string[] {
  /** Relative luminance, 0 to 1. */
  const lightness = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => (Number(part) / 255) ** 2.2);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  return [...document.querySelectorAll('ul.legend')].flatMap((legend) => {
    const keys = [...legend.querySelectorAll('li')].flatMap((item) => {
      const name = item.textContent;
      if (item.classList.contains('fate')) {
        const { backgroundImage, backgroundColor } = getComputedStyle(item, '::before');
        return [{ name, key: backgroundImage, light: backgroundImage === 'none' ? lightness(backgroundColor) : null }];
      }
      const line = item.querySelector('svg > path');
      const point = item.querySelector('svg g > *');
      if (line === null || point === null) return [];
      const hollow = point.parentElement!.getAttribute('stroke-width') === '1.5';
      return [
        { name, key: [line.getAttribute('stroke-dasharray'), point.getAttribute('d') ?? point.tagName, hollow].join(' '), light: null },
      ];
    });
    // As contrast of texts is reckoned.
    const contrast = (one: number, other: number): number => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return keys.flatMap((a, index) =>
      keys
        .slice(index + 1)
        .filter((b) => a.key === b.key && (a.light === null || b.light === null || contrast(a.light, b.light) < 1.2))
        .map((b) => `${a.name} and ${b.name} look alike`),
    );
  });
}

/** What printed pages have to hold, and marks in it, texts of a pixel's height that tell where it went. */
export interface Marked {
  /** Each has a mark at its upper and at its lower end, §D0a and §D0z. */
  readonly drawings: number;
  /** Rows of each table; the head has the mark §H0. and each row §R0. */
  readonly rows: readonly number[];
  /** Titles of figures, one for each metric, and of tables. */
  readonly titles: readonly string[];
}

export function markPrint(): Marked {
  const mark = (element: Element, text: string): void => {
    const span = document.createElement('span');
    span.textContent = text;
    span.style.cssText = 'font-size:1px;line-height:0';
    element.append(span);
  };
  const titles = [...document.querySelectorAll('.variant>h3,.panel>h3,figcaption,.caption,h2')].map(({ textContent }) => textContent);
  const drawings = [...document.querySelectorAll('svg')].filter(
    (svg) => svg.querySelector('text') !== null && svg.closest('.narrow') === null,
  );
  for (const [index, svg] of drawings.entries()) {
    const { x, y, width, height } = svg.viewBox.baseVal;
    const ends = [
      ['a', y + 2],
      ['z', y + height - 1],
    ] as const;
    for (const [end, at] of ends) {
      const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      text.textContent = `§D${index}${end}`;
      text.setAttribute('x', String(x + width / 2));
      text.setAttribute('y', String(at));
      text.style.fontSize = '1px';
      svg.append(text);
    }
  }
  const tables = [...document.querySelectorAll('table')];
  for (const [index, table] of tables.entries()) {
    mark(table.tHead!.rows[0].cells[0], `§H${index}.`);
    for (const row of table.tBodies[0].rows) mark(row.cells[0], `§R${index}.`);
  }
  return { drawings: drawings.length, rows: tables.map(({ tBodies }) => tBodies[0].rows.length), titles };
}

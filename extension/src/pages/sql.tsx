/** SQL to read, coloured as JupyterLab's editors colour it. */

import React, { useEffect, useRef } from 'react';

import { useSurroundings } from './surroundings';

const LONGEST = 100_000; // characters that are coloured: more would hold up the page

export function Sql({ text, label }: { text: string; label: string }): React.JSX.Element {
  const { languages } = useSurroundings();
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    // The text stands there until its colours are ready, and also where there are none.
    element.textContent = text;
    const language =
      languages?.findByName('flinksql') ?? languages?.findByMIME('text/x-sql') ?? null;
    if (!languages || !language || text.length > LONGEST) {
      return;
    }
    let isGone = false;
    const drawn = document.createElement('code');
    languages
      .highlight(text, language, drawn)
      .then(() => {
        if (!isGone) {
          element.replaceChildren(...drawn.childNodes);
        }
      })
      .catch((error: unknown) => console.warn('flinklab: SQL is shown without colours', error));
    return () => {
      isGone = true;
    };
  }, [text, languages]);
  return (
    <pre className="flinklab-Sql jp-mod-styled" aria-label={label} tabIndex={0}>
      <code ref={box} />
    </pre>
  );
}

/** A figure of the server: loaded, drawn, and drawn anew while it is in sight. */

import React, { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { useStore } from '../common/store';
import type { IAsked } from '../server/client';
import type { IFigure } from '../server/types';
import { useAnswer } from './answer';
import { FigureHost, NO_PLOTLY, PLOTLY } from './figure_host';
import type { IRange } from './ranges';
import { useInSight, useSurroundings } from './surroundings';
import { coloursAt, themed } from './themed';

export interface IPlotProps {
  /** The heading above it. */
  title: string;
  /** What tells it from other figures of the page. */
  name: string;
  range: IRange;
  ask: (asked: IAsked) => Promise<IFigure>;
}

export function Plot({ title, name, range, ask }: IPlotProps): React.JSX.Element {
  const { value, error, asking, again } = useAnswer(
    `${name} ${range.since}`,
    ask,
    range.every,
    useInSight()
  );
  return (
    <section className="flinklab-Plot" aria-label={title} aria-busy={asking && value === null}>
      <h3>{title}</h3>
      {error && (
        <p className="flinklab-Page-trouble" role="alert">
          {error}{' '}
          <button type="button" className="jp-mod-styled" onClick={again}>
            Try again
          </button>
        </p>
      )}
      {value === null ? (
        !error && <p className="flinklab-Page-soft">Drawing…</p>
      ) : (
        <Drawn figure={value} revision={`${name} ${range.since}`} title={title} />
      )}
    </section>
  );
}

function Drawn(props: { figure: IFigure; revision: string; title: string }): React.JSX.Element {
  const { figure, revision, title } = props;
  const { rendermime, theme } = useSurroundings();
  const colours = useStore(theme);
  const box = useRef<HTMLDivElement>(null);
  const host = useRef<FigureHost | null>(null);
  const [trouble, setTrouble] = useState('');
  const canDraw = rendermime.preferredMimeType({ [PLOTLY]: {} }, 'ensure') === PLOTLY;
  const isEmpty = figure.data.length === 0 && figure.note !== '';
  const draws = canDraw && !isEmpty;
  // A layout effect ends while its element is still in the page, which lumino needs to let go of a widget.
  useLayoutEffect(() => {
    if (!draws || !box.current) {
      return;
    }
    const mine = new FigureHost(box.current, rendermime);
    host.current = mine;
    return () => {
      host.current = null;
      mine.dispose();
    };
  }, [draws, rendermime]);
  useEffect(() => {
    if (!host.current || !box.current) {
      return;
    }
    host.current
      .show(themed(figure, coloursAt(box.current), revision))
      .then(() => setTrouble(''))
      .catch((error: unknown) => setTrouble(`It cannot be drawn: ${String(error)}`));
  }, [draws, figure, revision, colours]);
  return (
    <>
      {draws && <div ref={box} className="flinklab-Figure" role="img" aria-label={title} />}
      {!canDraw && <p className="flinklab-Page-trouble">{NO_PLOTLY}</p>}
      {trouble && <p className="flinklab-Page-trouble">{trouble}</p>}
      {figure.note && (
        <p className={isEmpty ? 'flinklab-Page-empty' : 'flinklab-Page-soft'}>{figure.note}</p>
      )}
    </>
  );
}

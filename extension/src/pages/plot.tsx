/** A figure of the server: loaded, drawn, and drawn anew while it is in sight. */

import React, { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { useStore } from '../common/store';
import type { IAsked } from '../server/client';
import type { IFigure } from '../server/types';
import { useAnswer } from './answer';
import { FigureHost } from './figure_host';
import { NO_PLOTLY, plotlyIn } from './plotly';
import type { IPlotly } from './plotly';
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
  // Undefined until it is known.
  const [plotly, setPlotly] = useState<IPlotly | null | undefined>();
  const isEmpty = figure.data.length === 0 && figure.note !== '';
  const draws = Boolean(plotly) && !isEmpty;
  useEffect(() => {
    let isGone = false;
    void plotlyIn(rendermime).then(found => !isGone && setPlotly(found));
    return () => {
      isGone = true;
    };
  }, [rendermime]);
  useLayoutEffect(() => {
    if (!draws || !plotly || !box.current) {
      return;
    }
    const mine = new FigureHost(box.current, plotly, setTrouble);
    host.current = mine;
    return () => {
      host.current = null;
      mine.dispose();
    };
  }, [draws, plotly]);
  useEffect(() => {
    if (host.current && box.current) {
      host.current.show(themed(figure, coloursAt(box.current), revision));
    }
  }, [draws, figure, revision, colours]);
  return (
    <>
      {draws && (
        <div className="flinklab-Figure">
          <div ref={box} role="figure" aria-label={title} />
        </div>
      )}
      {plotly === null && <p className="flinklab-Page-trouble">{NO_PLOTLY}</p>}
      {trouble && <p className="flinklab-Page-trouble">{trouble}</p>}
      {figure.note && (
        <p className={isEmpty ? 'flinklab-Page-empty' : 'flinklab-Page-soft'}>{figure.note}</p>
      )}
    </>
  );
}

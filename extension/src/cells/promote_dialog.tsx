/** Asks what the managed job of a cell is to be called, and where it runs. */

import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import React, { useState } from 'react';

import type { IClusterRow } from '../server';
import { proposedName } from './names';
import { hasFlag, valueOf } from './magic_line';
import { IPromotion, jobOf, lostFlags, magicLine } from './variants';

/** What the person asks for; null when they leave it. `clusters`: those that are known now. */
export async function askPromotion(
  source: string,
  clusters: readonly IClusterRow[]
): Promise<IPromotion | null> {
  const isNew = jobOf(source) === '';
  const answer = await showDialog<IPromotion>({
    title: isNew ? 'Make the cell a managed job' : `Make a new version of ${jobOf(source)}`,
    body: new PromotionForm(source, clusters),
    buttons: [
      Dialog.cancelButton({ label: 'Leave it' }),
      Dialog.okButton({ label: 'Promote', ariaLabel: 'Promote the cell' })
    ],
    focusNodeSelector: 'input'
  });
  return answer.button.accept && answer.value?.name ? answer.value : null;
}

/** What the form begins with: what the cell says already. */
export function firstPromotion(source: string): IPromotion {
  const line = magicLine(source);
  return {
    name: proposedName(source),
    cluster: valueOf(line, '--cluster') ?? '',
    start: hasFlag(line, '--start')
  };
}

class PromotionForm extends ReactWidget {
  constructor(
    private readonly source: string,
    private readonly clusters: readonly IClusterRow[]
  ) {
    super();
    this.addClass('flinklab-Promotion');
    this.wanted = firstPromotion(source);
  }

  getValue(): IPromotion {
    return { ...this.wanted, name: this.wanted.name.trim() };
  }

  protected render(): React.JSX.Element {
    return (
      <Form
        first={this.wanted}
        clusters={this.clusters}
        lost={lostFlags(this.source)}
        onChange={wanted => (this.wanted = wanted)}
      />
    );
  }

  private wanted: IPromotion;
}

interface IForm {
  first: IPromotion;
  clusters: readonly IClusterRow[];
  lost: readonly string[];
  onChange: (wanted: IPromotion) => void;
}

function Form({ first, clusters, lost, onChange }: IForm): React.JSX.Element {
  const [wanted, setWanted] = useState(first);
  const change = (part: Partial<IPromotion>): void => {
    setWanted({ ...wanted, ...part });
    onChange({ ...wanted, ...part });
  };
  const names = [...new Set([...clusters.map(each => each.name), wanted.cluster])].filter(Boolean);
  return (
    <>
      <label>
        Name of the job
        <input
          className="jp-mod-styled"
          type="text"
          name="name"
          required
          maxLength={200}
          value={wanted.name}
          onChange={event => change({ name: event.target.value })}
        />
      </label>
      <label>
        Cluster
        <select
          className="jp-mod-styled"
          name="cluster"
          value={wanted.cluster}
          onChange={event => change({ cluster: event.target.value })}
        >
          <option value="">that of the session, or the job’s own</option>
          {names.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="flinklab-Promotion-check">
        <input
          type="checkbox"
          name="start"
          checked={wanted.start}
          onChange={event => change({ start: event.target.checked })}
        />
        Start it; while it runs, each new version upgrades it
      </label>
      <p>
        The cell’s first line then says <code>--job</code>: the notebook tells what the cell is.
        {lost.length > 0 && ` A job has no ${lost.join(', ')}: taken out.`}
      </p>
    </>
  );
}

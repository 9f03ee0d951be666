/** Asks before something is done to a job that ends or interrupts it. */

import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import React from 'react';

import type { CommandKind, IJobKey, IOrder } from '../server/types';
import { questionOf } from './questions';

/** Why something is ordered: it is kept with the order. */
export function WhyField(props: { onChange: (why: string) => void }): React.JSX.Element {
  return (
    <label>
      Why (kept with the order)
      <input
        className="jp-mod-styled"
        type="text"
        maxLength={500}
        onChange={event => props.onChange(event.target.value)}
      />
    </label>
  );
}

/** The question with a line for the reason. */
class Body extends ReactWidget {
  constructor(private readonly text: string) {
    super();
    this.addClass('flinklab-Confirm');
  }

  getValue(): string {
    return this.why.trim();
  }

  protected render(): React.JSX.Element {
    return (
      <>
        <p>{this.text}</p>
        <WhyField onChange={why => (this.why = why)} />
      </>
    );
  }

  private why = '';
}

/** The order as the person confirmed it, null when they did not. */
export async function confirmed(kind: CommandKind, job: IJobKey): Promise<IOrder | null> {
  const question = questionOf(kind, job);
  if (!question) {
    return { kind };
  }
  const button = (question.warns ? Dialog.warnButton : Dialog.okButton)({ label: question.button });
  const answer = await showDialog<string>({
    title: question.title,
    body: new Body(question.text),
    buttons: [Dialog.cancelButton({ label: 'Leave it' }), button],
    focusNodeSelector: 'input'
  });
  if (!answer.button.accept) {
    return null;
  }
  return { kind, why: answer.value ?? '' };
}

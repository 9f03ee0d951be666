/** Asks before a job takes another version, and with which state. */

import { Dialog, ReactWidget, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import React from 'react';

import { WhyField } from '../common/confirm';
import type { IJobKey, IOrder } from '../server/types';
import { changeOrder, changeQuestion } from './version_change';
import type { IChangeQuestion, IVersionChange } from './version_change';

class Body extends ReactWidget {
  constructor(
    private readonly question: IChangeQuestion,
    private readonly change: IVersionChange
  ) {
    super();
    this.addClass('flinklab-Confirm');
    this.state = change.states[0].state;
  }

  getValue(): IOrder {
    return changeOrder(this.change, this.state, this.why.trim());
  }

  protected render(): React.JSX.Element {
    return (
      <>
        {this.question.lines.map(line => (
          <p key={line}>{line}</p>
        ))}
        <fieldset>
          <legend>It goes on</legend>
          {this.change.states.map(({ state, words }, at) => (
            <label key={state}>
              <input
                type="radio"
                name="state"
                value={state}
                defaultChecked={at === 0}
                onChange={() => (this.state = state)}
              />{' '}
              {words}
            </label>
          ))}
        </fieldset>
        <WhyField onChange={why => (this.why = why)} />
      </>
    );
  }

  private state: string;
  private why = '';
}

/** The order as the person confirmed it, null when they did not, or nothing can be ordered. */
export async function confirmedChange(
  job: IJobKey,
  change: IVersionChange
): Promise<IOrder | null> {
  if (change.refused) {
    await showErrorMessage('Nothing to do', change.refused);
    return null;
  }
  const question = changeQuestion(job, change);
  const answer = await showDialog<IOrder>({
    title: question.title,
    body: new Body(question, change),
    buttons: [
      Dialog.cancelButton({ label: 'Leave it' }),
      Dialog.okButton({ label: question.button })
    ],
    focusNodeSelector: 'input[type=radio]'
  });
  return answer.button.accept ? answer.value : null;
}

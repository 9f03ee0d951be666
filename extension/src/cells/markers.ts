/** Marks what is wrong in the editor of a Flink cell: underlined, in the gutter, with its words. */

import {
  closeLintPanel,
  diagnosticCount,
  forEachDiagnostic,
  lintGutter,
  setDiagnostics,
  setDiagnosticsEffect
} from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState, Extension, StateEffect } from '@codemirror/state';
import { EditorView, ViewPlugin } from '@codemirror/view';
import type { ViewUpdate } from '@codemirror/view';
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';

import { HEAD_LENGTH } from '../language/head';
import { IProblem, placeOf, PROBLEM_MIME, problemsIn } from './problems';
import { isFlink, linesBefore } from './variants';

const PAUSE = 50; // ms: a table that fills changes the outputs often

/** The marks of one cell's editor; nothing for an editor that has no outputs. */
export function markers(model: CodeEditor.IModel): Extension {
  const outputs = (model as Partial<ICodeCellModel>).outputs;
  return outputs === undefined
    ? []
    : [forgetting, ViewPlugin.define(view => new Marker(view, outputs))];
}

/** A mark goes when the text at its place is changed. */
const forgetting = EditorState.transactionExtender.of(transaction => {
  if (!transaction.docChanged || diagnosticCount(transaction.startState) === 0) {
    return null;
  }
  const left: Diagnostic[] = [];
  let isTouched = false;
  forEachDiagnostic(transaction.startState, (each, from, to) => {
    if (transaction.changes.touchesRange(from, to)) {
      isTouched = true;
    } else {
      const { changes } = transaction;
      left.push({ ...each, from: changes.mapPos(from, 1), to: changes.mapPos(to, -1) });
    }
  });
  return isTouched ? { effects: setDiagnosticsEffect.of(left) } : null;
});

class Marker {
  constructor(
    private readonly view: EditorView,
    private readonly outputs: ICodeCellModel['outputs']
  ) {
    outputs.changed.connect(this.soon, this);
    this.soon();
  }

  update(update: ViewUpdate): void {
    if (this.hasGutter && diagnosticCount(update.state) === 0) {
      this.soon();
    }
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.outputs.changed.disconnect(this.soon, this);
  }

  /** In a while: an editor cannot be changed while it is made or drawn. */
  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.refresh();
    }, PAUSE);
  }

  private refresh(): void {
    const problems = this.problems();
    const now = JSON.stringify(problems);
    if (now !== this.shown) {
      this.shown = now;
      const marks = diagnostics(problems, this.view.state);
      if (marks.length > 0) {
        this.showGutter(true); // before the marks: it draws those that come while it is there
      }
      if (marks.length > 0 || diagnosticCount(this.view.state) > 0) {
        this.view.dispatch(setDiagnostics(this.view.state, marks));
      }
    }
    if (diagnosticCount(this.view.state) === 0 && this.hasGutter) {
      closeLintPanel(this.view);
    }
    this.showGutter(diagnosticCount(this.view.state) > 0);
  }

  private problems(): IProblem[] {
    const found: unknown[] = [];
    for (let index = 0; index < this.outputs.length; index++) {
      found.push(this.outputs.get(index).data[PROBLEM_MIME]);
    }
    return problemsIn(found);
  }

  /** Only where something is marked: an empty gutter would move the text of every cell. */
  private showGutter(isShown: boolean): void {
    if (isShown === this.hasGutter) {
      return;
    }
    const content = isShown ? lintGutter() : [];
    const isThere = this.gutter.get(this.view.state) !== undefined;
    this.hasGutter = isShown;
    this.view.dispatch({
      effects: isThere
        ? this.gutter.reconfigure(content)
        : StateEffect.appendConfig.of(this.gutter.of(content))
    });
  }

  private readonly gutter = new Compartment();
  private hasGutter = false;
  private shown = '[]';
  private timer: ReturnType<typeof setTimeout> | undefined;
}

/** The marks of problems in a text, those that are not there any more left out. */
export function diagnostics(problems: readonly IProblem[], state: EditorState): Diagnostic[] {
  const head = state.sliceDoc(0, HEAD_LENGTH);
  if (problems.length === 0 || !isFlink(head)) {
    return [];
  }
  const before = linesBefore(head);
  return problems.flatMap(problem => {
    const place = placeOf(problem, state.doc, before);
    const message = problem.hint ? `${problem.message}\n→ ${problem.hint}` : problem.message;
    return place === null
      ? []
      : [{ ...place, severity: problem.severity, message, source: 'flinklab' }];
  });
}

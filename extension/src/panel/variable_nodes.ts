/** Variables as lines of a tree: the value that holds here, and below it the values elsewhere. */

import { oneLine } from '../common/words';
import type { IVariable } from '../server/types';
import type { INode, Path } from './tree';

const EVERYWHERE = '*';
const WIDTH = 200; // characters of a value

export interface IVariableNodes {
  roots: INode[];
  children: [Path, INode[]][];
}

/** Those with `filter` in their names. `environment`: whose value stands beside the name. */
export function variableNodes(
  variables: readonly IVariable[],
  environment: string,
  filter: string
): IVariableNodes {
  const wanted = filter.trim().toLowerCase();
  const roots: INode[] = [];
  const children: [Path, INode[]][] = [];
  for (const variable of variables) {
    if (!variable.name.toLowerCase().includes(wanted)) {
      continue;
    }
    const path = [variable.team, variable.name];
    const values = Object.entries(variable.values);
    roots.push({
      path,
      label: variable.name,
      icon: variable.secret ? 'secret' : 'variable',
      detail: valueHere(variable, environment),
      note: [`${variable.team}.${variable.name}`, variable.type, variable.description]
        .filter(Boolean)
        .join('\n'),
      opens: values.length > 0,
      isThing: true,
      text: `\${${variable.name}}`
    });
    children.push([
      path,
      values.map(([where, value]) => ({
        path: [...path, where],
        label: where === EVERYWHERE ? 'everywhere else' : where,
        icon: 'environment',
        detail: oneLine(value, WIDTH),
        note: oneLine(value, WIDTH * 5),
        opens: false
      }))
    ]);
  }
  return { roots, children };
}

/** The value in an environment, or the one that holds everywhere. */
export function valueHere(variable: IVariable, environment: string): string {
  const own = variable.values[environment] ?? variable.values[EVERYWHERE];
  return own === undefined
    ? `no value in ${environment || 'this environment'}`
    : oneLine(own, WIDTH);
}

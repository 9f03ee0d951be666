import { expect, it } from 'vitest';

import { proposedName } from '../../src/cells/names';

it.each([
  ['%%flinksql --job mine\nINSERT INTO a SELECT 1', 'mine'],
  ['%%flinksql --name theirs\nINSERT INTO a SELECT 1', 'theirs'],
  ['%%flinksql\nINSERT INTO orders_dwd SELECT 1', 'orders_dwd'],
  ['%%flinksql\ninsert overwrite db.`my ``table` select 1', 'my `table'],
  ['%%flinksql\nSET a = b;\n-- INSERT INTO no\nINSERT INTO `c`.`d` . t SELECT 1', 't'],
  [
    '%%flinksql\nEXECUTE STATEMENT SET BEGIN INSERT INTO one SELECT 1; INSERT INTO two SELECT 2; END',
    'one'
  ],
  ['%%flinksql\nSELECT * FROM t', ''],
  ['%%flinksql', '']
])('%j proposes %j', (source, name) => {
  expect(proposedName(source)).toBe(name);
});

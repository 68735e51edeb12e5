/** Which IRC hosts may be reached over TLS only (IRCv3 sts). */
import { boundName } from './columns.ts';
import type { Db } from './db.ts';
import { MAX_STS_POLICIES } from './limits.ts';
import type { Operations } from './operations.ts';
import type { StsRow } from './rows.ts';
import { transaction } from './transaction.ts';

export function createSts(db: Db): Pick<Operations, 'listSts' | 'putSts'> {
  const list = db.prepare<[], StsRow>('SELECT host, port, duration, expires FROM sts ORDER BY host');
  const put = db.prepare<[StsRow]>('INSERT OR REPLACE INTO sts (host, port, duration, expires) VALUES (@host, @port, @duration, @expires)');
  const remove = db.prepare<[string]>('DELETE FROM sts WHERE host = ?');
  const trim = db.prepare<[number]>('DELETE FROM sts WHERE host IN (SELECT host FROM sts ORDER BY expires DESC LIMIT -1 OFFSET ?)');
  return {
    listSts: () => list.all(),
    putSts: transaction(db, ({ host, policy }: { host: string; policy: Omit<StsRow, 'host'> | null }) => {
      boundName(host);
      if (policy === null) remove.run(host);
      else put.run({ host, port: policy.port, duration: policy.duration, expires: policy.expires });
      trim.run(MAX_STS_POLICIES);
    }),
  };
}

import { it } from 'vitest';
import { afterALeak, afterSetbacks, onTheNetwork, overSessions, underAttack } from './model/properties.ts';
import { run, type Property } from './model/run.ts';

/** Of one property; SOTTO_SCHEDULES=50000 takes hours. */
const TIMEOUT_MS = 6 * 3_600_000;

// A schedule that fails once has found something: it is not tried again.
const check = <T>(property: Property<T>): void => {
  it(property.name, { timeout: TIMEOUT_MS, retry: 0 }, () => run(property));
};

check(onTheNetwork);
check(overSessions);
check(afterSetbacks);
check(underAttack);
check(afterALeak);

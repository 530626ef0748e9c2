// SPDX-License-Identifier: Apache-2.0
// The root task, which also answers the calls of the test (service.ts).
import * as roottask from '../../../../../roottask/index';
import { label } from '../../../../../lib/machine/sel4';
import * as supervisor from '../../../../../roottask/supervisor/supervisor';
import * as service from './service';

export function start(): void {
  roottask.start();
  service.start();
}

export function turn(): void {
  const badge = supervisor.receive();
  if (supervisor.isCall(badge) && service.takes(label())) service.answer();
  else supervisor.handle(badge);
}

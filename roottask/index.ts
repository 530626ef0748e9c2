// The root task: `boot` once, then `turn` for ever. The start code in kernel/runtime/roottask calls both.
import * as boot from './boot/boot';
import * as console from './console/console';
import * as clock from './device/clock';
import { irqHandlerAck, wait } from './machine/sel4';

export function start(): void {
  boot.run();
  console.start();
}

/** Blocks until an interrupt comes and handles it. */
export function turn(): void {
  const badge = wait(boot.events);
  if (badge & boot.EVENT_TIMER) {
    clock.tick();
    irqHandlerAck(boot.timerIrq);
  }
  if (badge & boot.EVENT_UART) {
    console.receive();
    irqHandlerAck(boot.uartIrq);
  }
}

// SPDX-License-Identifier: Apache-2.0
/** Owns a transport's notices to whoever listens: a typed list of callbacks for each kind. */
export type Listener<A extends unknown[]> = (...args: A) => void;

export class Emitter<E extends Record<keyof E, unknown[]>> {
  private readonly listeners = new Map<keyof E, Set<Listener<never>>>();

  /** Returns how to stop listening. */
  on<K extends keyof E>(event: K, listener: Listener<E[K]>): () => void {
    let set = this.listeners.get(event);
    if (set === undefined) this.listeners.set(event, (set = new Set()));
    set.add(listener);
    return () => void set.delete(listener);
  }

  emit<K extends keyof E>(event: K, ...args: E[K]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) (listener as Listener<E[K]>)(...args);
  }

  has(event: keyof E): boolean {
    return (this.listeners.get(event)?.size ?? 0) > 0;
  }
}

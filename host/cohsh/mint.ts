// SPDX-License-Identifier: Apache-2.0
/** `--mint-ticket`: a ticket from the command line, with scopes, quotas and a budget of its own if they are asked for. */
import { MAX_TOKEN_BYTES, mintFor, mintTicket, readTicket } from '../client/index.ts';
import { checkTicketLimits, ticketSecret } from '../client/ticket-config.ts';
import type { MintSettings } from './args.ts';

export interface Minted {
  token: string;
  /** What its holder should know. */
  warning?: string;
}

export function mint(settings: MintSettings, now_ms = BigInt(Date.now())): Minted {
  const { role, config, scopes, quotas, subject, budget } = settings;
  const secret = settings.secret ?? ticketSecret(config, role);
  const request = { role, secret, now_ms, scopes, quotas, ...(subject === undefined ? {} : { subject }) };
  // The role's own budget, where the command line does not say another.
  const usual = readTicket(mintFor(request));
  const claims = { ...usual, ...budget };
  // A secret that was given may be of any node: nothing is known of its limits.
  if (settings.secret === undefined) checkTicketLimits(config, claims);
  const token = mintTicket(claims, secret);
  if (token.length <= MAX_TOKEN_BYTES) return { token };
  return {
    token,
    warning: `the ticket has ${token.length} bytes: consoles take ${MAX_TOKEN_BYTES}, so it is good for --transport 9p only`,
  };
}

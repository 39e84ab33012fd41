// The words of a filter.

import type { BpfError, Span } from '../base/error.js';

export type Token = Span &
  (
    | { readonly kind: 'keyword'; readonly word: string }
    | { readonly kind: 'symbol'; readonly symbol: string }
    | { readonly kind: 'name'; readonly name: string; readonly escaped: boolean }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'ipv4'; readonly text: string }
    | { readonly kind: 'ipv6'; readonly text: string }
    | { readonly kind: 'mac'; readonly bytes: readonly number[] }
    | { readonly kind: 'station'; readonly value: number }
    | { readonly kind: 'bad'; readonly error: BpfError }
    | { readonly kind: 'end' }
  );

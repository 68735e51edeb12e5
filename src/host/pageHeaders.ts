/**
 * The headers of every answer that a page gets, in the browser and in the window. `connect` is the one source a page may connect to: the
 * host's WebSocket, or null where it talks through a MessagePort. The policy runs Svelte 5 without `unsafe-inline`; `svelte-trusted-html` is the one Trusted Types
 * policy it makes. Cookies are not used: they ignore ports, so every other service on 127.0.0.1 would receive them.
 */
export function securityHeaders(connect: string | null): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "font-src 'self'",
      `connect-src ${connect ?? "'none'"}`,
      "worker-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types svelte-trusted-html',
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    // A name in a link would be looked up before anybody clicks; the policy above does not cover that.
    'X-DNS-Prefetch-Control': 'off',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}

/** A page is never kept; the built files have their hash in the name. */
export const cacheControl = (html: boolean, path: string): string =>
  !html && path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store';

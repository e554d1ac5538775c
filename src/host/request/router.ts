import { pathOf } from '../http/incoming.ts';
import type { Places } from './call.ts';
import type { Route } from './route.ts';

export interface FoundRoute {
  readonly route: Route;
  readonly places: Places;
}

/** Longer ones name nothing that there is. */
const LONGEST_PLACE = 500;

const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
};

/** Finds the call that an address means. */
export class Router {
  readonly #fixed = new Map<string, Route>();
  readonly #withPlaces: { readonly route: Route; readonly parts: readonly string[] }[] = [];

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      if (route.path.includes(':')) this.#withPlaces.push({ route, parts: route.path.split('/') });
      else this.#fixed.set(`${route.method} ${route.path}`, route);
    }
  }

  /** A slash at the end changes nothing. */
  find(method: string, url: string): FoundRoute | undefined {
    const parts = pathOf(url).replace(/\/$/, '').split('/').map(decoded);
    const fixed = this.#fixed.get(`${method} ${parts.join('/')}`);
    if (fixed) return { route: fixed, places: {} };
    for (const { route, parts: wanted } of this.#withPlaces) {
      const places = route.method === method ? placesIn(wanted, parts) : undefined;
      if (places) return { route, places };
    }
    return undefined;
  }
}

/** @returns undefined where an address is of another form */
function placesIn(wanted: readonly string[], parts: readonly (string | undefined)[]): Places | undefined {
  if (parts.length !== wanted.length) return undefined;
  const places: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const want = wanted[index] ?? '';
    if (want.startsWith(':') && part !== undefined && part !== '' && part.length <= LONGEST_PLACE) {
      places[want.slice(1)] = part;
    } else if (want !== part) return undefined;
  }
  return places;
}

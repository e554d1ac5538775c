import type { ServiceParts } from '../assemble-service.ts';
import { pageIn, type PageOptions, type Rows } from '../pages.ts';
import { NO_PROTECTION, type ProtectionInput, type ProtectionObject } from './protections.ts';

export interface ProtectOptions {
  /** `ORG/NAME` of the person who says so. Default `app/service`. */
  readonly by?: string;
}

/** What people decide about members and their accounts. */
export class ServiceDecisions {
  readonly #parts: Pick<ServiceParts, 'protections'>;

  /** @internal */
  constructor(parts: Pick<ServiceParts, 'protections'>) {
    this.#parts = parts;
  }

  /**
   * Tells runs to leave somebody alone; what the same was said of before is replaced.
   *
   * @throws Refusal that names what to change; nothing was stored
   */
  protect(input: ProtectionInput, { by = 'app/service' }: ProtectOptions = {}): Promise<ProtectionObject> {
    return this.#parts.protections.protect(input, by);
  }

  /**
   * @param id of the protection, or `ORG/NAME` of the account that it is about
   * @returns what was taken away
   * @throws Refusal when there is none
   */
  async unprotect(id: string): Promise<ProtectionObject> {
    const [first] = await this.#parts.protections.unprotect(id);
    if (!first) throw NO_PROTECTION;
    return first;
  }

  /** Whom runs leave alone, newest first; without an organization those of all. */
  protections(organization?: string, options: PageOptions = {}): Promise<Rows<ProtectionObject>> {
    const { page, pageSize } = pageIn(options);
    return this.#parts.protections.list(organization, page, pageSize);
  }
}

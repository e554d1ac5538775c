import type { SyncerDefinition } from './definition.ts';
import { ConfigError } from './errors.ts';
import { text } from './text.ts';

/** The directory types that a host knows, by their `type`. */
export class SyncerRegistry {
  readonly #definitions = new Map<string, SyncerDefinition>();

  /** @throws ConfigError when the type is registered already: two definitions of one type would shadow each other silently */
  register(definition: SyncerDefinition): this {
    if (this.#definitions.has(definition.type)) {
      throw new ConfigError(
        text(`Syncer type "${definition.type}" is registered twice.`, `同步器类型“${definition.type}”被重复注册。`),
      );
    }
    this.#definitions.set(definition.type, definition);
    return this;
  }

  /** @throws ConfigError that lists the known types */
  get(type: string): SyncerDefinition {
    const definition = this.#definitions.get(type);
    if (!definition) {
      const known = [...this.#definitions.keys()].join(', ');
      throw new ConfigError(
        text(`Unknown syncer type "${type}"; known: ${known}.`, `未知的同步器类型“${type}”；可用类型：${known}。`),
      );
    }
    return definition;
  }

  find(type: string): SyncerDefinition | undefined {
    return this.#definitions.get(type);
  }

  list(): readonly SyncerDefinition[] {
    return [...this.#definitions.values()];
  }
}

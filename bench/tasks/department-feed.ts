import type { Credentials } from './task.ts';
import { Agent, get } from 'node:http';

export interface WireMember {
  readonly userid: string;
}

interface Answer {
  readonly errcode: number;
  readonly access_token?: string;
  readonly department?: readonly { readonly id: number }[];
  readonly userlist?: readonly WireMember[];
}

/** The least that a program can do to read every department: node:http over kept-alive connections, and JSON.parse. */
export class DepartmentFeed {
  readonly #directory: Credentials;
  readonly #agent: Agent;
  readonly #concurrency: number;

  constructor(directory: Credentials, concurrency: number) {
    this.#directory = directory;
    this.#concurrency = concurrency;
    this.#agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  }

  /** @param onAnswer a reader fetches its next department only after this has ended */
  async read(onAnswer: (members: readonly WireMember[]) => Promise<void> | void): Promise<void> {
    const { corpId, appSecret } = this.#directory;
    const { access_token } = await this.#call(`gettoken?corpid=${corpId}&corpsecret=${appSecret}`);
    const { department = [] } = await this.#call(`department/list?access_token=${access_token}`);
    let next = 0;
    const reader = async (): Promise<void> => {
      for (let current = department[next++]; current; current = department[next++]) {
        const { userlist = [] } = await this.#call(
          `user/list?access_token=${access_token}&department_id=${current.id}`,
        );
        await onAnswer(userlist);
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, reader));
    this.#agent.destroy();
  }

  #call(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      get(`${this.#directory.url}/cgi-bin/${path}`, { agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString()) as Answer;
          if (answer.errcode === 0) resolve(answer);
          else reject(new Error(`${path.split('?')[0]} answered ${answer.errcode}`));
        });
      }).on('error', reject);
    });
  }
}

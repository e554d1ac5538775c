import { createServer } from 'node:http';
import { expect } from 'chai';
import { inExpress, inFastify, inNode, type SignedIn } from '../../examples/mount.ts';
import { MountedHost } from '../host/mount/mounted-host.ts';
import { Client } from '../host/test-host.ts';

describe('the example of a host that mounts the syncers', () => {
  let host: MountedHost;
  before(async () => {
    host = await MountedHost.start();
  });
  after(() => host.close());

  const signedIn: SignedIn = async (cookie) =>
    ({ 'session=1': { name: 'root' }, 'session=2': { name: 'chief', company: 'acme' } })[cookie ?? ''];

  for (const server of ['Fastify', 'Express', 'a plain server'] as const) {
    it(`has them in ${server}, for whoever is signed in there`, async () => {
      const app = server === 'Fastify' ? await inFastify(host.service, signedIn) : undefined;
      const other = (): ReturnType<typeof createServer> =>
        server === 'Express' ? createServer(inExpress(host.service, signedIn)) : inNode(host.service, signedIn);
      const url = app ? await app.listen({ host: '127.0.0.1', port: 0 }) : await host.listen(other());
      const as = (cookie: string): Client => new Client(`${url}/admin/sync`, { cookie });
      expect((await as('session=1').get('/api/get-account')).data).to.include({ owner: 'built-in', name: 'root' });
      expect((await as('session=2').get('/api/get-account')).data).to.include({ owner: 'acme', name: 'chief' });
      expect((await as('session=3').get('/api/get-syncers')).msg).to.equal('Unauthorized operation');
      expect((await as('').get('/', { accept: 'text/html' })).text).to.include('id="root"');
      app?.server.closeAllConnections();
      await app?.close();
    });
  }
});

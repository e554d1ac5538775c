import { expect } from 'chai';
import { Command, emptyFolder } from '../support/command.ts';

describe('the demo', function () {
  this.timeout(60_000);

  it('ends with 2,000 members after the first sync, when told to end there', async () => {
    const folder = await emptyFolder();
    const { code, stdout } = await new Command('cli/demo.js', ['--once'], {}, folder.path).ended;
    await folder.remove();
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/members\s+2000/)
      .and.match(/created\s+2000/)
      .and.match(/forbidden\s+\d+/);
    expect(stdout)
      .to.match(/groups\s+40 created/)
      .and.match(/warnings\s+\d+/)
      .and.match(/seconds\s+[\d.]+/);
  });

  it('stays up with an address and a sign-in that works', async () => {
    const folder = await emptyFolder();
    const demo = new Command('cli/demo.js', [], {}, folder.path);
    const [, url] = await demo.prints(/listening on (http:\/\/\S+)/);
    const [, password] = await demo.prints(/user admin, password (\S+)/);
    const answer = await fetch(`${url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'login', organization: 'built-in', username: 'admin', password }),
    });
    expect(await answer.json()).to.deep.include({ status: 'ok', data: 'built-in/admin' });
    demo.child.kill('SIGINT');
    expect((await demo.ended).code).to.equal(0);
    await folder.remove();
  });
});

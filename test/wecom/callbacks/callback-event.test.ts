import { expect } from 'chai';
import { readEvent } from '../../../src/wecom/callbacks/callback-event.ts';
import { readFlatXml } from '../../../src/wecom/callbacks/flat-xml.ts';
import { fixture } from '../rig.ts';

const EVENTS = fixture('callback_change_contact_events') as Readonly<Record<string, string>>;
const hints = (xml: string) => readEvent(readFlatXml(xml));
const event = (inner: string): string =>
  `<xml><ToUserName>ww1</ToUserName><MsgType>event</MsgType><Event>change_contact</Event>${inner}</xml>`;
const FULL = [{ about: 'directory' }];

describe('an event of WeCom', () => {
  it('about a new member names the member', () => {
    expect(hints(EVENTS['create_user']!)).to.deep.equal([{ about: 'member', id: 'zhangsan' }]);
  });

  it('about a changed userid names both', () => {
    expect(hints(EVENTS['update_user']!)).to.deep.equal([{ about: 'member', id: 'zhangsan001', formerId: 'zhangsan' }]);
  });

  it('of a URL set since 2022-08-15, with ids alone, says as much', () => {
    expect(
      hints(event('<ChangeType>update_user</ChangeType><UserID>li</UserID><Department>1,2</Department>')),
    ).to.deep.equal([{ about: 'member', id: 'li' }]);
  });

  for (const name of ['delete_user', 'create_party', 'update_party', 'delete_party', 'update_tag']) {
    it(`${name} asks for a full run`, () => {
      expect(hints(EVENTS[name]!)).to.deep.equal(FULL);
    });
  }

  it('about a member without a usable userid asks for a full run', () => {
    for (const inner of [
      '',
      '<UserID></UserID>',
      '<UserID>../x</UserID>',
      '<UserID>a</UserID><NewUserID>*</NewUserID>',
    ]) {
      expect(hints(event(`<ChangeType>update_user</ChangeType>${inner}`)), inner).to.deep.equal(FULL);
    }
  });

  it('about anything else says nothing', () => {
    expect(hints(event('<ChangeType>something_new</ChangeType>'))).to.deep.equal([]);
    expect(hints('<xml><MsgType>text</MsgType><Content>hello</Content></xml>')).to.deep.equal([]);
    expect(
      hints('<xml><MsgType>event</MsgType><Event>batch_job_result</Event><ChangeType>create_user</ChangeType></xml>'),
    ).to.deep.equal([]);
  });
});

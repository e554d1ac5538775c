import { randomBytes } from 'node:crypto';

/** WeCom's sentence for each code that the sandbox says of itself; a fault may use any other code. */
const SENTENCES: Readonly<Record<number, string>> = {
  [-1]: 'system busy',
  40001: 'invalid credential',
  40003: 'invalid userid',
  40008: 'invalid message type',
  40013: 'invalid corpid',
  40014: 'invalid access_token',
  40029: 'invalid code',
  40031: 'invalid userid list',
  40035: 'invalid parameter',
  40056: 'invalid agentid',
  40058: 'invalid Request Parameter',
  40063: 'some parameters are empty',
  40068: 'invalid tagid',
  41001: 'access_token missing',
  41002: 'corpid missing',
  41004: 'corpsecret missing',
  41008: 'missing code',
  41009: 'missing userid',
  41011: 'missing agentid',
  41017: 'missing tagid',
  42001: 'access_token expired',
  44004: 'text content is empty',
  45009: 'api freq out of limit',
  45029: 'response is too large',
  45033: 'api concurrent out of limit',
  48002: 'api forbidden',
  48009: 'api forbidden for contact assistant',
  50001: 'redirect_url unauthorized',
  50003: 'app disabled',
  50100: 'invalid cursor',
  60003: 'department not found',
  // The blank before the comma is WeCom's own.
  60011: 'no privilege to access/modify contact/party/agent ',
  60020: 'not allow to access from your ip',
  60111: 'userid not found',
  60123: 'invalid party id',
  81013: 'user & party & tag all invalid',
  84014: 'user ticket expired',
  84015: 'invalid user ticket',
  301002: 'not allow operate another agent with this accesstoken',
};

/** Seen on the wire without hint, address or link. */
const BARE = new Set([40014]);
/** Seen with hint and link, without the address: nobody has been identified yet. */
const WITHOUT_ADDRESS = new Set([40013]);

export function refusalText(errcode: number, fromIp: string): string {
  const sentence = SENTENCES[errcode] ?? 'request failed';
  if (BARE.has(errcode)) return sentence;
  const address = WITHOUT_ADDRESS.has(errcode) ? '' : `, from ip: ${fromIp}`;
  const link = `more info at https://open.work.weixin.qq.com/devtool/query?e=${errcode}`;
  return `${sentence}, hint: [${hint()}]${address}, ${link}`;
}

/** Captures show two shapes: a run of digits, and time_number_hex. */
function hint(): string {
  const noise = randomBytes(16);
  const seconds = Math.floor(Date.now() / 1000);
  const number = noise.readUInt8(0);
  return number % 2 === 0
    ? `${seconds}_${number}_${noise.toString('hex')}`
    : `${seconds}${noise.readUInt32BE(1).toString().padStart(14, '0')}`;
}

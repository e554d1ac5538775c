import { expect } from 'chai';
import { isSigningSecret, signedHeaders, signingKey } from '../../../src/service/webhook/webhook-signature.ts';

/** What the libraries of the specification sign in their own tests. */
const KNOWN = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  at: new Date(1_614_265_330_999),
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

describe('the signature of a webhook', () => {
  it('is the one that the libraries of Standard Webhooks make', () => {
    const { secret, id, at, body, signature } = KNOWN;
    expect(signedHeaders(signingKey(secret), id, at, body)).to.deep.equal({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': signature,
    });
  });

  it('takes any other secret as its UTF-8 bytes, also one that looks like base64', () => {
    expect(signingKey('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw').toString()).to.equal('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(signingKey('a secret with ü in it').toString()).to.equal('a secret with ü in it');
  });

  it('refuses a whsec_ secret that is no base64, or less than 16 bytes of it', () => {
    const isGood = (bytes: number): boolean => isSigningSecret(`whsec_${Buffer.alloc(bytes, 7).toString('base64')}`);
    expect([15, 16, 17, 18, 24, 32].map(isGood)).to.deep.equal([false, true, true, true, true, true]);
    for (const wrong of [
      'whsec_',
      'whsec_not base64, but long enough to be one',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2L',
    ]) {
      expect(isSigningSecret(wrong), wrong).to.equal(false);
    }
    expect(isSigningSecret('anything else whatsoever')).to.equal(true);
  });
});

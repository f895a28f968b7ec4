import { describe, expect, it } from '@jest/globals';
import { testAuthority } from '@lateen/proxy-config/testing';
import { CertificateChoice, choosable, type Choosable } from './certificate-choice';

const rsa = (...names: readonly string[]): Choosable => ({ names, ecdsa: false });
const ec = (...names: readonly string[]): Choosable => ({ names, ecdsa: true });

describe('a choice between certificates', () => {
  const cases: readonly { name: string; all: readonly Choosable[]; asked: string; scanAll?: boolean; want: readonly number[] }[] = [
    { name: 'the exact name', all: [rsa('a.x'), rsa('b.x')], asked: 'b.x', want: [1] },
    { name: 'the exact name in capitals', all: [rsa('a.x'), rsa('b.x')], asked: 'B.X', want: [1] },
    { name: 'the exact name before a wildcard that comes first', all: [rsa('*.x'), rsa('b.x')], asked: 'b.x', want: [1] },
    { name: 'a wildcard', all: [rsa('a.x'), rsa('*.y')], asked: 'b.y', want: [1] },
    { name: 'a wildcard is for one label', all: [rsa('a.x'), rsa('*.y')], asked: 'c.b.y', want: [0] },
    { name: 'a wildcard asked for by itself', all: [rsa('a.x'), rsa('*.y')], asked: '*.y', want: [1] },
    { name: 'the first of two with the name', all: [rsa('a.x'), rsa('b.x'), rsa('b.x')], asked: 'b.x', want: [1] },
    { name: 'the first where none has it', all: [rsa('a.x'), ec('b.x')], asked: 'c.x', want: [0] },
    { name: 'both keys of a name, ECDSA in front', all: [rsa('b.x'), ec('b.x')], asked: 'b.x', want: [1, 0] },
    { name: 'ECDSA of the name, else RSA of a wildcard', all: [rsa('a.x'), rsa('*.x'), ec('b.x')], asked: 'b.x', want: [2, 1] },
    { name: 'ECDSA of the name, else the first', all: [rsa('a.x'), ec('b.y')], asked: 'b.y', want: [1, 0] },
    { name: 'RSA of the name before ECDSA of a wildcard', all: [ec('*.x'), rsa('b.x')], asked: 'b.x', want: [1] },
    { name: 'nothing for who takes no ECDSA where there is no other', all: [ec('a.x'), ec('b.x')], asked: 'b.x', want: [1] },
    { name: 'all looked through where none has it', all: [rsa('a.x'), ec('b.x')], asked: 'c.x', scanAll: true, want: [1, 0] },
    { name: 'the root', all: [rsa('a.x'), rsa('b.x')], asked: '.', want: [0] },
    { name: 'no name', all: [rsa('a.x'), rsa('b.x')], asked: '', want: [0] },
  ];
  it.each(cases)('$name', ({ all, asked, scanAll = false, want }) => expect(new CertificateChoice(all, scanAll).for(asked)).toEqual(want));

  it('without a name is the first with an RSA key, else the first', () => {
    expect(new CertificateChoice([ec('a'), rsa('b'), rsa('c')], false).unasked).toBe(1);
    expect(new CertificateChoice([ec('a'), ec('b')], false).unasked).toBe(0);
  });
});

describe('what is read of a certificate', () => {
  const authority = testAuthority('Common.Name');
  it.each([
    { name: 'its DNS names', chain: authority.leaf('A.example').certificate, want: { names: ['a.example'], ecdsa: false } },
    { name: 'the first of a chain', chain: authority.leaf('a').certificate + authority.certificate, want: { names: ['a'], ecdsa: false } },
    { name: 'an elliptic key', chain: authority.ecdsaLeaf('a').certificate, want: { names: ['a'], ecdsa: true } },
    { name: 'no common name beside other names', chain: authority.leaf('spiffe://a').certificate, want: { names: [], ecdsa: false } },
    { name: 'its common name without', chain: authority.certificate, want: { names: ['common.name'], ecdsa: false } },
  ])('$name', ({ chain, want }) => expect(choosable(chain)).toEqual(want));
});

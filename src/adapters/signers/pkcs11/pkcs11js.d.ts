/** The part of pkcs11js 2 that is used; the package itself is installed by whoever has a token. */
declare module 'pkcs11js' {
  /** One attribute of a template; without `value` it is asked for. */
  interface Attribute {
    readonly type: number;
    readonly value?: number | boolean | string | Buffer;
  }

  export class PKCS11 {
    load(path: string): void;
    close(): void;
    C_Initialize(): void;
    C_Finalize(): void;
    C_GetSlotList(tokenPresent: boolean): Buffer[];
    C_GetTokenInfo(slot: Buffer): { readonly label: string; readonly serialNumber: string };
    C_OpenSession(slot: Buffer, flags: number): Buffer;
    C_CloseSession(session: Buffer): void;
    C_Login(session: Buffer, userType: number, pin: string): void;
    C_FindObjectsInit(session: Buffer, template: readonly Attribute[]): void;
    C_FindObjects(session: Buffer, maxObjectCount: number): Buffer[];
    C_FindObjectsFinal(session: Buffer): void;
    C_GetAttributeValue(
      session: Buffer,
      object: Buffer,
      template: readonly Attribute[],
    ): readonly { readonly value: Buffer }[];
    C_SignInit(session: Buffer, mechanism: { readonly mechanism: number }, key: Buffer): void;
    C_Sign(session: Buffer, data: Buffer, signature: Buffer): Buffer;
  }
}

/* The port of corePKCS11 as C sees it: as much of PKCS #11's types as its six functions need. */
#ifndef PORTCULLIS_TEST_PAL_H
#define PORTCULLIS_TEST_PAL_H

typedef unsigned char CK_BYTE;
typedef unsigned char CK_BBOOL;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;
typedef CK_ULONG CK_OBJECT_HANDLE;

typedef struct {
    CK_ULONG type;
    void *pValue;
    CK_ULONG ulValueLen;
} CK_ATTRIBUTE;

#define CKA_LABEL 3UL
#define CKR_OK 0UL
#define CKR_FUNCTION_FAILED 6UL
#define CKR_ARGUMENTS_BAD 7UL
#define CKR_KEY_HANDLE_INVALID 0x60UL

CK_RV PKCS11_PAL_Initialize(void);
CK_OBJECT_HANDLE PKCS11_PAL_SaveObject(CK_ATTRIBUTE *label, CK_BYTE *data, CK_ULONG size);
CK_OBJECT_HANDLE PKCS11_PAL_FindObject(CK_BYTE *label, CK_ULONG length);
CK_RV PKCS11_PAL_GetObjectValue(CK_OBJECT_HANDLE handle, CK_BYTE **data, CK_ULONG *size, CK_BBOOL *is_private);
void PKCS11_PAL_GetObjectValueCleanup(CK_BYTE *data, CK_ULONG size);
CK_RV PKCS11_PAL_DestroyObject(CK_OBJECT_HANDLE handle);

#endif

#ifndef IRIS_CCRYPTO_H
#define IRIS_CCRYPTO_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

/* EVP_PKEY_PUBLIC_KEY combines two macros, which Swift does not import. */
enum { iris_public_key_selection = EVP_PKEY_PUBLIC_KEY };

/* An OSSL_PARAM keeps the pointer of its name, and a Swift literal has one for the length of a call only: these stay. */
static const char *const iris_mac_digest = OSSL_MAC_PARAM_DIGEST;
static const char *const iris_rsa_modulus = OSSL_PKEY_PARAM_RSA_N;
static const char *const iris_rsa_exponent = OSSL_PKEY_PARAM_RSA_E;
static const char *const iris_curve_name = OSSL_PKEY_PARAM_GROUP_NAME;
static const char *const iris_curve_point = OSSL_PKEY_PARAM_PUB_KEY;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Published values for the self-tests at load, in hex: RFC 3711 appendices B.2
 * and B.3, RFC 7714 sections 16 and 17, RFC 9335 appendix A, and packets of libsrtp's own tests and
 * some made with it (tests/vectors/README.md).  To be included once.
 */

static const struct {
	enum srtp_kdf_label label;
	const char *hex;
} kdf_vectors[] = {
	{ 0, "c61e7a93744f39ee10734afe3ff7a087" },
	{ 1, "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbce"
			"e049646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5fbcdddc25"
			"6d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2" },
	{ 2, "30cbbc08863d8c85d49db34a9ae1" },
};

static const char kdf_key[] = "e1f97a0d3e018be0d64fa32c06de4139";
static const char kdf_salt[] = "0ec675ad498afeebb6960b3aabe6";

/* RFC 3711 B.2: keystream of the first three counter blocks. */
static const char cm_key[] = "2b7e151628aed2a6abf7158809cf4f3c";
static const char cm_salt[] = "f0f1f2f3f4f5f6f7f8f9fafbfcfd";
static const char cm_keystream[] = "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
	"41e95b3bb0a2e8dd477901e4fca894c0";

static const struct vector {
	const char *name;
	u16 profile;
	bool master;		/* key and salt are master ones, else session ones */
	enum srtp_kind kind;
	const char *key;
	const char *salt;
	u64 index;
	const u8 *ids;		/* RFC 6904: header extension elements, ending with 0 */
	u8 cryptex;
	const char *plain;
	const char *wire;
} vectors[] = {
	{
		.name = "RFC 7714 16.1.1",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "517569642070726f2071756f",
		.index = 0xf17bULL,
		.plain = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976"
			"69736120696e207061727465732074726573",
		.wire = "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd5"
			"0d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee439"
			"0cce",
	}, {
		.name = "RFC 7714 17.1",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.kind = SRTP_RTCP,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "517569642070726f2071756f",
		.index = 0x5d4ULL,
		.plain = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61"
			"deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
		.wire = "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d"
			"c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf872"
			"45d9eade800005d4",
	}, {
		.name = "libsrtp cm128-sha1-80 RTP",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc"
			"99ea179b8dbb",
	}, {
		.name = "libsrtp cm128-sha1-80 RTCP",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.kind = SRTP_RTCP,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1ULL,
		.plain = "81c8000bcafebabeabababababababababababababababab",
		.wire = "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd"
			"54d6c1230798",
	}, {
		.name = "libsrtp gcm128 RTP",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826"
			"f796b201df3131a127e8a392",
	}, {
		.name = "libsrtp gcm128 RTCP",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.kind = SRTP_RTCP,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x1ULL,
		.plain = "81c8000bcafebabeabababababababababababababababab",
		.wire = "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446"
			"ea31123ba88ce61e80000001",
	}, {
		.name = "AES_CM_128_HMAC_SHA1_80 roc-0xdeadbeef",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0xdeadbeef1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabe57146fe47ec6fdbf859702cda3db04ddfab65819"
			"b0f62e50761d",
	}, {
		.name = "AES_CM_128_HMAC_SHA1_80 padding-csrc-extension",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0xfffeULL,
		.plain = "b360fffedecafbadcafebabe0001e2400000b26e0badf00dbede000210aa22bb"
			"ccdd0000abababababababababababababababababababababababababababab"
			"ab000003",
		.wire = "b360fffedecafbadcafebabe0001e2400000b26e0badf00dbede000210aa22bb"
			"ccdd0000dae8b0de83c8b04e96f24a2425bce81e9db6f0080ce58885bb461090"
			"b957f14146d36327e51333c5a212",
	}, {
		.name = "AES_CM_128_HMAC_SHA1_80 empty-payload",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1234ULL,
		.plain = "800f1234decafbadcafebabe",
		.wire = "800f1234decafbadcafebabe773c2e1cd91d590d16e5",
	}, {
		.name = "AEAD_AES_128_GCM roc-0xdeadbeef",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0xdeadbeef1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabecbca38ee9174e4d5428d7cbd0b24ae0a9b67e6fb"
			"7cc8b61b5c66fe10e1b531db",
	}, {
		.name = "AEAD_AES_128_GCM padding-csrc-extension",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0xfffeULL,
		.plain = "b360fffedecafbadcafebabe0001e2400000b26e0badf00dbede000210aa22bb"
			"ccdd0000abababababababababababababababababababababababababababab"
			"ab000003",
		.wire = "b360fffedecafbadcafebabe0001e2400000b26e0badf00dbede000210aa22bb"
			"ccdd000013c8a0e35de7456ab2d334abd1bf4afb3e5d033bbb3eb67097063f61"
			"8a0a393b1a53291c47316aa6614803dbe081e277",
	}, {
		.name = "AEAD_AES_128_GCM empty-payload",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x1234ULL,
		.plain = "800f1234decafbadcafebabe",
		.wire = "800f1234decafbadcafebabea54cf41923fe795682bfb4238537d2fe",
	}, {
		.name = "AES_CM_128_HMAC_SHA1_32 RTP",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_32,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0xdeadbeef1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabe57146fe47ec6fdbf859702cda3db04ddfab65819",
	}, {
		.name = "AES_CM_128_HMAC_SHA1_32 srtcp-300",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_32,
		.master = true,
		.kind = SRTP_RTCP,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x12cULL,
		.plain = "81c8000bcafebabeabababababababababababababababab",
		.wire = "81c8000bcafebabee5d89b8570029c0ede605d896d972f438000012cb19ec174"
			"2e83555db7b9",
	}, {
		.name = "AES_256_CM_HMAC_SHA1_80 RTP",
		.profile = SRTP_PROFILE_AES256_CM_SHA1_80,
		.master = true,
		.key = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
		.salt = "3b04803de51ee7c96423ab5b78d2",
		.index = 0xdeadbeef1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabeed30db2fffb6945676ef7d27099adfcf193d4877"
			"df8cab3e8c34",
	}, {
		.name = "AES_256_CM_HMAC_SHA1_80 srtcp-300",
		.profile = SRTP_PROFILE_AES256_CM_SHA1_80,
		.master = true,
		.kind = SRTP_RTCP,
		.key = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
		.salt = "3b04803de51ee7c96423ab5b78d2",
		.index = 0x12cULL,
		.plain = "81c8000bcafebabeabababababababababababababababab",
		.wire = "81c8000bcafebabe969a545f5701c7c4af2f35d8ac2b50258000012c3de5017c"
			"4061b419f646",
	}, {
		.name = "AES_256_CM_HMAC_SHA1_32 RTP",
		.profile = SRTP_PROFILE_AES256_CM_SHA1_32,
		.master = true,
		.key = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
		.salt = "3b04803de51ee7c96423ab5b78d2",
		.index = 0xdeadbeef1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabeed30db2fffb6945676ef7d27099adfcf193d4877",
	}, {
		.name = "AES_256_CM_HMAC_SHA1_32 srtcp-300",
		.profile = SRTP_PROFILE_AES256_CM_SHA1_32,
		.master = true,
		.kind = SRTP_RTCP,
		.key = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
		.salt = "3b04803de51ee7c96423ab5b78d2",
		.index = 0x12cULL,
		.plain = "81c8000bcafebabeabababababababababababababababab",
		.wire = "81c8000bcafebabe969a545f5701c7c4af2f35d8ac2b50258000012c3de5017c"
			"4061b419f646",
	}, {
		.name = "AEAD_AES_256_GCM RTP",
		.profile = SRTP_PROFILE_AEAD_AES_256_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0xdeadbeef1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabe02d8ffad36c6a755d1cc098364564f7542f8b3ad"
			"43819c01c0e3e1fae6b8cf77",
	}, {
		.name = "AEAD_AES_256_GCM srtcp-300",
		.profile = SRTP_PROFILE_AEAD_AES_256_GCM,
		.master = true,
		.kind = SRTP_RTCP,
		.key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x12cULL,
		.plain = "81c8000bcafebabeabababababababababababababababab",
		.wire = "81c8000bcafebabe2dd41e1d2b2bfc61970fda710cf1ea9b09b0a81fdd69644b"
			"aa66ef2681d41aae8000012c",
	}, {
		.name = "NULL_HMAC_SHA1_80 RTP",
		.profile = SRTP_PROFILE_NULL_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1234ULL,
		.plain = "800f1234decafbadcafebabeabababababababababababababababab",
		.wire = "800f1234decafbadcafebabeabababababababababababababababababa13627"
			"0b679134ce9b",
	}, {
		.name = "NULL_HMAC_SHA1_80 RTCP",
		.profile = SRTP_PROFILE_NULL_SHA1_80,
		.master = true,
		.kind = SRTP_RTCP,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1ULL,
		.plain = "81c8000bcafebabeabababababababababababababababab",
		.wire = "81c8000bcafebabeabababababababababababababababab00000001fe88c7fd"
			"fd37ebce615d",
	}, {
		.name = "AES_192_CM_HMAC_SHA1_80 RTP",
		.profile = SRTP_PROFILE_AES192_CM_SHA1_80,
		.master = true,
		.key = "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
		.salt = "c8522f3acd4ce86d5add78edbb11",
		.index = 0x0ULL,
		.plain = "800f0000decafbad00000000abababababababababababababababab",
		.wire = "800f0000decafbad00000000d98865552f2762c3ef37f837acfdb7122d6bc4dc"
			"84c76f74aea5",
	}, {
		.name = "libsrtp, RFC 6904, CM",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1234ULL,
		.ids = (const u8 []){ 1, 3, 4, 0 },
		.plain = "900f1234decafbadcafebabebede000617414273a475262748220000c8308e46"
			"55996386b395fb00abababababababababababababababab",
		.wire = "900f1234decafbadcafebabebede000617588a9270f4e15e1c220000c8309546"
			"a994f0bc547897004e55dc4ce79978d88ca4d215949d24025a46b3ca35c535a8"
			"91c7",
	}, {
		.name = "libsrtp, RFC 6904, GCM",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3a",
		.index = 0x1234ULL,
		.ids = (const u8 []){ 1, 3, 4, 0 },
		.plain = "900f1234decafbadcafebabebede000617414273a475262748220000c8308e46"
			"55996386b395fb00abababababababababababababababab",
		.wire = "900f1234decafbadcafebabebede00061712e0205bfa949b1c220000c830bb46"
			"732778d9929aab000eca0cf95ee955b26cd3d288b49f6ca9f4b1b759719eb5bc"
			"113b9ff1d40cd25a",
	}, {
		.name = "RFC 9335 A.1.1",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1235ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "900f1235decafbadcafebabebede000151000200abababababababababababab"
			"abababab",
		.wire = "900f1235decafbadcafebabec0de0001eb92365251c3e036f8de27e9c27ee3e0"
			"b4651d9fbc4218a70244522f34a5",
	}, {
		.name = "RFC 9335 A.1.2",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1236ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "900f1236decafbadcafebabe1000000105020002abababababababababababab"
			"abababab",
		.wire = "900f1236decafbadcafebabec2de00014ed9cc4e6a712b3096c5ca77339d4204"
			"ce0d77396cab69585fbce38194a5",
	}, {
		.name = "RFC 9335 A.1.3",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1238ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababab"
			"abababababababababababab",
		.wire = "920f1238decafbadcafebabe8bb6e12b5cff16ddc0de000192838c8c09e58393"
			"e1de3a9a74734d6745671338c3acf11da2df8423bee0",
	}, {
		.name = "RFC 9335 A.1.4",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x1239ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababab"
			"abababababababababababab",
		.wire = "920f1239decafbadcafebabef70e513eb90b9b25c2de0001bbed4848faa64466"
			"5f3d7f34125914e9f4d0ae923c6f479b95a0f7b53133",
	}, {
		.name = "RFC 9335 A.1.5",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x123aULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababab"
			"abababababababab",
		.wire = "920f123adecafbadcafebabe7130b6abfe2ab0e3c0de0000e3d9f64b25c9e74c"
			"b4cf8e43fb92e3781c2c0ceab6b3a499a14c",
	}, {
		.name = "RFC 9335 A.1.6",
		.profile = SRTP_PROFILE_AES128_CM_SHA1_80,
		.master = true,
		.key = "e1f97a0d3e018be0d64fa32c06de4139",
		.salt = "0ec675ad498afeebb6960b3aabe6",
		.index = 0x123bULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababab"
			"abababababababab",
		.wire = "920f123bdecafbadcafebabecbf24c124330e1c8c2de0000599dd45bc9d687b6"
			"03e8b59d771fd38e88b170e0cd31e125eabe",
	}, {
		.name = "RFC 9335 A.2.1",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x1235ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "900f1235decafbadcafebabebede000151000200abababababababababababab"
			"abababab",
		.wire = "900f1235decafbadcafebabec0de000139972dc9572c4d99e8fc355de743fb2e"
			"94f9d8ff54e72f4193bbc5c74ffab0fa9fa0fbeb",
	}, {
		.name = "RFC 9335 A.2.2",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x1236ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "900f1236decafbadcafebabe1000000105020002abababababababababababab"
			"abababab",
		.wire = "900f1236decafbadcafebabec2de0001bb75a4c545cd1f413bdb7daa2b1e3263"
			"de313667c963249081b35a65f5cb6c88b394235f",
	}, {
		.name = "RFC 9335 A.2.3",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x1238ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababab"
			"abababababababababababab",
		.wire = "920f1238decafbadcafebabe63bbccc4a7f695c4c0de00018ad7c71fac70a80c"
			"92866b4c6ba98546ef913586e95ffaaffe956885bb0647a8bc094ac8",
	}, {
		.name = "RFC 9335 A.2.4",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x1239ULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababab"
			"abababababababababababab",
		.wire = "920f1239decafbadcafebabe3680524f8d312b00c2de0001c78d120038422bc1"
			"11a7187a18246f980c059cc6bc9df8b626394eca344e4b05d80fea83",
	}, {
		.name = "RFC 9335 A.2.5",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x123aULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababab"
			"abababababababab",
		.wire = "920f123adecafbadcafebabe15b6bb4337906fffc0de0000b7b964537a2b03ab"
			"7ba5389ce93317126b5d974df30c6884dcb651c5e120c1da",
	}, {
		.name = "RFC 9335 A.2.6",
		.profile = SRTP_PROFILE_AEAD_AES_128_GCM,
		.master = true,
		.key = "000102030405060708090a0b0c0d0e0f",
		.salt = "a0a1a2a3a4a5a6a7a8a9aaab",
		.index = 0x123bULL,
		.cryptex = SRTP_CRYPTEX_REQUIRED,
		.plain = "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababab"
			"abababababababab",
		.wire = "920f123bdecafbadcafebabedcb38c9e48bf95f4c2de000061ee432cf9203170"
			"76613258d3ce4236c06ac429681ad08413512dc98b5207d8",
	},
};

/* SPDX-License-Identifier: BSD-2-Clause */

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.Properties;
import javax.mail.Session;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.smime.SMIMECapabilitiesAttribute;
import org.bouncycastle.asn1.smime.SMIMECapability;
import org.bouncycastle.asn1.smime.SMIMECapabilityVector;
import org.bouncycastle.asn1.smime.SMIMEEncryptionKeyPreferenceAttribute;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSCompressedData;
import org.bouncycastle.cms.CMSCompressedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.KeyAgreeRecipientInformation;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SimpleAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.mail.smime.SMIMESigned;
import org.bouncycastle.mail.smime.SMIMESignedGenerator;
import org.bouncycastle.mail.smime.validator.SignedMailValidator;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;

/*
 * Bouncy Castle as a correspondent.  One job a line on standard input, its words separated by tabs, files named by
 * path; the answer is one line, "ok" or "no" and why.
 *
 *   sign    entity out pkcs12 algorithm clear|opaque issuer|keyid      algorithm as Java names it: SHA256withRSAandMGF1
 *   verify  message out anchors [author]                               its From must be the certificate's, too
 *   encrypt entity out certificate[,…] transport cipher none|keyid|authAttrs|ukm    out is BER
 *   decrypt object out pkcs12
 *   compress entity out                                                the object, in BER (RFC 3274)
 *   export  pkcs12 out                                                 read, and written anew
 */
final class BouncyCastle {
	private static final char[] PASSWORD = "secret".toCharArray();
	private static final Session SESSION = Session.getInstance(new Properties());

	/* A key, its certificate first in the chain. */
	private static final class Holder {
		final PrivateKey key;
		final X509Certificate[] chain;

		Holder(String path) throws Exception {
			KeyStore store = KeyStore.getInstance("PKCS12", "BC");
			try (InputStream in = new FileInputStream(path)) {
				store.load(in, PASSWORD);
			}
			String alias = null;
			for (String name : Collections.list(store.aliases()))
				if (store.isKeyEntry(name))
					alias = name;
			key = (PrivateKey)store.getKey(alias, PASSWORD);
			chain = Arrays.copyOf(store.getCertificateChain(alias), store.getCertificateChain(alias).length, X509Certificate[].class);
		}
	}

	private static X509Certificate certificate(String path) throws Exception {
		try (InputStream in = new FileInputStream(path)) {
			return (X509Certificate)CertificateFactory.getInstance("X.509", "BC").generateCertificate(in);
		}
	}

	private static byte[] read(String path) throws Exception {
		return Files.readAllBytes(Paths.get(path));
	}

	private static byte[] key_identifier(X509Certificate c) throws Exception {
		return SubjectKeyIdentifier.fromExtensions(new JcaX509CertificateHolder(c).getExtensions()).getKeyIdentifier();
	}

	/* ---- signatures ---- */

	/* What RFC 8551 2.5 has clients announce. */
	private static AttributeTable attributes(X509Certificate own) {
		ASN1EncodableVector attributes = new ASN1EncodableVector();
		SMIMECapabilityVector capabilities = new SMIMECapabilityVector();

		capabilities.addCapability(SMIMECapability.aES256_CBC);
		capabilities.addCapability(SMIMECapability.aES128_CBC);
		attributes.add(new SMIMECapabilitiesAttribute(capabilities));
		attributes.add(new SMIMEEncryptionKeyPreferenceAttribute(new IssuerAndSerialNumber(
		    X500Name.getInstance(own.getIssuerX500Principal().getEncoded()), own.getSerialNumber())));
		return new AttributeTable(attributes);
	}

	private static void sign(String entity, String out, String pkcs12, String algorithm, String form, String name)
	    throws Exception {
		Holder own = new Holder(pkcs12);
		SMIMESignedGenerator generator = new SMIMESignedGenerator();
		MimeBodyPart signed = new MimeBodyPart();
		MimeBodyPart content;

		try (InputStream in = new FileInputStream(entity)) {
			content = new MimeBodyPart(in);
		}
		JcaSimpleSignerInfoGeneratorBuilder signer = new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC")
		    .setSignedAttributeGenerator(attributes(own.chain[0]));
		generator.addSignerInfoGenerator(name.equals("keyid")
		    ? signer.build(algorithm, own.key, key_identifier(own.chain[0])) : signer.build(algorithm, own.key, own.chain[0]));
		generator.addCertificates(new JcaCertStore(Arrays.asList(own.chain)));
		if (form.equals("opaque")) {
			signed = generator.generateEncapsulated(content);
		} else {
			MimeMultipart parts = generator.generate(content);
			signed.setContent(parts, parts.getContentType());
			signed.setHeader("Content-Type", parts.getContentType());
		}
		try (OutputStream to = Files.newOutputStream(Paths.get(out))) {
			signed.writeTo(to);
		}
	}

	private static PKIXParameters parameters(String anchors) throws Exception {
		HashSet<TrustAnchor> set = new HashSet<>();

		try (InputStream in = new FileInputStream(anchors)) {
			for (Object c : CertificateFactory.getInstance("X.509", "BC").generateCertificates(in))
				set.add(new TrustAnchor((X509Certificate)c, null));
		}
		PKIXParameters p = new PKIXParameters(set);
		p.setRevocationEnabled(false);
		return p;
	}

	private static void verify(String path, String out, String anchors, String author) throws Exception {
		MimeMessage message;

		try (InputStream in = new FileInputStream(path)) {
			message = new MimeMessage(SESSION, in);
		}
		SignedMailValidator validator = new SignedMailValidator(message, parameters(anchors));
		Collection<?> signers = validator.getSignerInformationStore().getSigners();
		if (signers.size() != 1)
			throw new Exception(signers.size() + " signers");
		SignedMailValidator.ValidationResult result = validator.getValidationResult(
		    (SignerInformation)signers.iterator().next());
		if (!result.isValidSignature()) {
			Object path_errors = result.getCertPathReview() == null ? "" : Arrays.toString(result.getCertPathReview().getErrors());
			throw new Exception("not valid: " + result.getErrors() + " " + path_errors);
		}
		if (author != null) {
			Object signer = result.getCertPathReview().getCertPath().getCertificates().get(0);
			Files.write(Paths.get(author), ((X509Certificate)signer).getEncoded());
		}
		SMIMESigned signed = message.isMimeType("multipart/signed") ? new SMIMESigned((MimeMultipart)message.getContent())
		                                                            : new SMIMESigned(message);
		try (OutputStream to = Files.newOutputStream(Paths.get(out))) {
			signed.getContent().writeTo(to);
		}
	}

	/* ---- encryption ---- */

	private static AlgorithmIdentifier oaep(ASN1ObjectIdentifier digest) {
		AlgorithmIdentifier hash = new AlgorithmIdentifier(digest, DERNull.INSTANCE);

		return new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, new RSAESOAEPparams(hash,
		    new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, hash), RSAESOAEPparams.DEFAULT_P_SOURCE_ALGORITHM));
	}

	private static void add_agreement(CMSEnvelopedGenerator to, X509Certificate c, ASN1ObjectIdentifier scheme, String option)
	    throws Exception {
		KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");

		generator.initialize(((ECPublicKey)c.getPublicKey()).getParams());
		KeyPair ephemeral = generator.generateKeyPair();
		JceKeyAgreeRecipientInfoGenerator info = new JceKeyAgreeRecipientInfoGenerator(
		    scheme, ephemeral.getPrivate(), ephemeral.getPublic(), CMSAlgorithm.AES256_WRAP).setProvider("BC");
		if (option.equals("ukm"))
			info.setUserKeyingMaterial("user keying material".getBytes("UTF-8"));
		to.addRecipientInfoGenerator(
		    option.equals("keyid") ? info.addRecipient(key_identifier(c), c.getPublicKey()) : info.addRecipient(c));
	}

	private static void add_transport(CMSEnvelopedGenerator to, X509Certificate c, AlgorithmIdentifier algorithm, String option)
	    throws Exception {
		boolean by_identifier = option.equals("keyid");
		JceKeyTransRecipientInfoGenerator info;

		if (algorithm == null)
			info = by_identifier ? new JceKeyTransRecipientInfoGenerator(key_identifier(c), c.getPublicKey())
			                     : new JceKeyTransRecipientInfoGenerator(c);
		else
			info = by_identifier ? new JceKeyTransRecipientInfoGenerator(key_identifier(c), algorithm, c.getPublicKey())
			                     : new JceKeyTransRecipientInfoGenerator(c, algorithm);
		to.addRecipientInfoGenerator(info.setProvider("BC"));
	}

	private static void add_recipient(CMSEnvelopedGenerator to, X509Certificate c, String transport, String option) throws Exception {
		switch (transport) {
		case "v15": add_transport(to, c, null, option); break;
		case "oaep-sha1": /* every parameter has its default */
			add_transport(to, c, new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, new RSAESOAEPparams()), option);
			break;
		case "oaep-sha256": add_transport(to, c, oaep(NISTObjectIdentifiers.id_sha256), option); break;
		case "oaep-sha512": add_transport(to, c, oaep(NISTObjectIdentifiers.id_sha512), option); break;
		case "ecdh-sha1": add_agreement(to, c, CMSAlgorithm.ECDH_SHA1KDF, option); break;
		case "ecdh-sha256": add_agreement(to, c, CMSAlgorithm.ECDH_SHA256KDF, option); break;
		case "ecdh-sha384": add_agreement(to, c, CMSAlgorithm.ECDH_SHA384KDF, option); break;
		case "ecdh-sha512": add_agreement(to, c, CMSAlgorithm.ECDH_SHA512KDF, option); break;
		default: throw new Exception("unknown transport " + transport);
		}
	}

	private static ASN1ObjectIdentifier cipher(String name) throws Exception {
		switch (name) {
		case "aes-128-cbc": return CMSAlgorithm.AES128_CBC;
		case "aes-192-cbc": return CMSAlgorithm.AES192_CBC;
		case "aes-256-cbc": return CMSAlgorithm.AES256_CBC;
		case "aes-128-gcm": return CMSAlgorithm.AES128_GCM;
		case "aes-256-gcm": return CMSAlgorithm.AES256_GCM;
		case "des-ede3-cbc": return CMSAlgorithm.DES_EDE3_CBC;
		default: throw new Exception("unknown cipher " + name);
		}
	}

	/* A content-type attribute, which RFC 5083 2.1 asks for when there are others, and one more. */
	private static AttributeTable authenticated() throws Exception {
		ASN1EncodableVector attributes = new ASN1EncodableVector();

		attributes.add(new Attribute(CMSAttributes.contentType, new DERSet(CMSObjectIdentifiers.data)));
		attributes.add(new Attribute(CMSAttributes.signingTime, new DERSet(new Time(new Date()))));
		return new AttributeTable(attributes);
	}

	private static void encrypt(String entity, String out, String recipients, String transport, String cipher, String option)
	    throws Exception {
		CMSProcessableByteArray content = new CMSProcessableByteArray(read(entity));
		OutputEncryptor encryptor = new JceCMSContentEncryptorBuilder(cipher(cipher)).setProvider("BC").build();
		CMSAuthEnvelopedDataGenerator gcm = new CMSAuthEnvelopedDataGenerator();
		CMSEnvelopedDataGenerator cbc = new CMSEnvelopedDataGenerator();

		for (String recipient : recipients.split(",")) {
			add_recipient(gcm, certificate(recipient), transport, option);
			add_recipient(cbc, certificate(recipient), transport, option);
		}
		if (option.equals("authAttrs"))
			gcm.setAuthenticatedAttributeGenerator(new SimpleAttributeTableGenerator(authenticated()));
		Files.write(Paths.get(out), cipher.endsWith("gcm") ? gcm.generate(content, (OutputAEADEncryptor)encryptor).getEncoded()
		                                                   : cbc.generate(content, encryptor).getEncoded());
	}

	/* Came later than the rest: found by name, so that this compiles with libraries from before. */
	private static Recipient agreement_gcm(PrivateKey key) throws Exception {
		Class<?> c;

		try {
			c = Class.forName("org.bouncycastle.cms.jcajce.JceKeyAgreeAuthEnvelopedRecipient");
		} catch (ClassNotFoundException e) {
			throw new Exception("no class JceKeyAgreeAuthEnvelopedRecipient");
		}
		Object recipient = c.getConstructor(PrivateKey.class).newInstance(key);
		return (Recipient)c.getMethod("setProvider", String.class).invoke(recipient, "BC");
	}

	private static Recipient recipient(RecipientInformation ri, boolean gcm, PrivateKey key) throws Exception {
		if (ri instanceof KeyAgreeRecipientInformation)
			return gcm ? agreement_gcm(key) : new JceKeyAgreeEnvelopedRecipient(key).setProvider("BC");
		return gcm ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider("BC")
		           : new JceKeyTransEnvelopedRecipient(key).setProvider("BC");
	}

	private static void decrypt(String path, String out, String pkcs12) throws Exception {
		Holder own = new Holder(pkcs12);
		byte[] object = read(path);
		boolean gcm = ContentInfo.getInstance(object).getContentType().equals(
		    CMSObjectIdentifiers.authEnvelopedData);
		RecipientInformationStore all =
		    gcm ? new CMSAuthEnvelopedData(object).getRecipientInfos() : new CMSEnvelopedData(object).getRecipientInfos();
		RecipientInformation ri = all.get(own.key.getAlgorithm().startsWith("EC")
		    ? new JceKeyAgreeRecipientId(own.chain[0]) : new JceKeyTransRecipientId(own.chain[0]));

		if (ri == null)
			throw new Exception("not encrypted to this certificate");
		Files.write(Paths.get(out), ri.getContent(recipient(ri, gcm, own.key)));
	}

	private static void compress(String entity, String out) throws Exception {
		CMSCompressedData object =
		    new CMSCompressedDataGenerator().generate(new CMSProcessableByteArray(read(entity)), new ZlibCompressor());

		Files.write(Paths.get(out), object.getEncoded());
	}

	private static void export(String pkcs12, String out) throws Exception {
		Holder own = new Holder(pkcs12);
		KeyStore store = KeyStore.getInstance("PKCS12"); /* Java's own, as keytool */

		store.load(null, null);
		store.setKeyEntry("own", own.key, PASSWORD, own.chain);
		try (OutputStream to = Files.newOutputStream(Paths.get(out))) {
			store.store(to, PASSWORD);
		}
	}

	/* ---- jobs ---- */

	private static void job(String[] w) throws Exception {
		switch (w[0]) {
		case "sign": sign(w[1], w[2], w[3], w[4], w[5], w[6]); break;
		case "verify": verify(w[1], w[2], w[3], w.length > 4 ? w[4] : null); break;
		case "encrypt": encrypt(w[1], w[2], w[3], w[4], w[5], w[6]); break;
		case "decrypt": decrypt(w[1], w[2], w[3]); break;
		case "compress": compress(w[1], w[2]); break;
		case "export": export(w[1], w[2]); break;
		default: throw new Exception("unknown job " + w[0]);
		}
	}

	/* All causes in one line. */
	private static String reason(Throwable e) {
		StringBuilder text = new StringBuilder();

		for (; e != null; e = e.getCause())
			text.append(text.length() == 0 ? "" : ": ").append(e);
		return text.toString().replaceAll("[\\r\\n\\t]+", " ");
	}

	public static void main(String[] arguments) throws Exception {
		BouncyCastleProvider provider = new BouncyCastleProvider();
		BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));

		Security.addProvider(provider);
		System.out.println("ok\t" + provider.getVersionStr());
		for (String line; (line = jobs.readLine()) != null; ) {
			try {
				job(line.split("\t"));
				System.out.println("ok");
			} catch (Exception | LinkageError e) {
				System.out.println("no\t" + reason(e));
			}
		}
	}
}

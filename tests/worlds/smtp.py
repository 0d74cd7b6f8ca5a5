# A real mail server (aiosmtpd): it lets in neo with the password hush-hush, refuses whoever is called nobody, and prints each mail
# as a line of JSON. Arguments: how the way is kept (plain, starttls, smtps), and with TLS a certificate and its key.
import json, ssl, sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Box:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode()
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "text": text, "tls": server.transport.get_extra_info("sslcontext") is not None}), flush=True)
        return "250 taken"


def let_in(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"neo", b"hush-hush")
    return AuthResult(success=good, handled=False)


way = sys.argv[1]
options = dict(hostname="127.0.0.1", port=int(sys.argv[2]), authenticator=let_in, auth_required=True, auth_require_tls=way == "starttls")
if way != "plain":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    if way == "smtps":
        options["ssl_context"] = context
    else:
        options.update(tls_context=context, require_starttls=True)
Controller(Box(), **options).start()
print("ready", flush=True)
while True:
    time.sleep(60)

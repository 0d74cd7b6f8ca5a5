// A real identity provider beside the console: npm's oidc-provider, with its own pages for signing in.
import { createServer } from "node:http";
import Oidc from "oidc-provider";

export const ada = { sub: "ada-1", email: "ada.byron@example.com", groups: ["neo-super"], given_name: "Ada", family_name: "Byron" };
export const eve = { sub: "eve-1", email: "eve@example.com", groups: ["staff"], given_name: "Eve", family_name: "Moneypenny" };

export class Provider {
  // Whoever types one of these as login is that person; the password is anything. `redirect` is where it leads back to.
  static async start({ people = [ada, eve], redirect }) {
    const provider = new Provider();
    provider.people = new Map(people.map((person) => [person.sub, person]));
    provider.server = createServer((request, response) => provider.oidc.callback()(request, response));
    await new Promise((resolve) => provider.server.listen(0, "127.0.0.1", resolve));
    provider.issuer = `http://127.0.0.1:${provider.server.address().port}`;
    provider.oidc = new Oidc(provider.issuer, {
      clients: [
        {
          client_id: "neo",
          client_secret: "a-secret-of-the-tests",
          redirect_uris: [redirect],
          post_logout_redirect_uris: [new URL("/sign-in", redirect).href],
          grant_types: ["authorization_code"],
          response_types: ["code"],
        },
      ],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name", "family_name", "groups"] },
      findAccount: (_, sub) => {
        const person = provider.people.get(sub);
        return person && { accountId: sub, claims: () => ({ email_verified: true, ...person }) };
      },
      pkce: { required: () => true },
    });
    // What it would say on standard error of its pages for development.
    provider.oidc.on("server_error", (_, error) => console.error("provider:", error));
    return provider;
  }

  get env() {
    return {
      OIDC_ISSUER: this.issuer,
      OIDC_CLIENT_ID: "neo",
      OIDC_CLIENT_SECRET: "a-secret-of-the-tests",
      OIDC_ROLES: "superadmin=neo-super,admin=neo-admin,support=neo-support",
      OIDC_NAME: "Example ID",
    };
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

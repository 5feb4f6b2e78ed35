# The twin of tls_echo.rs. openssl makes the certificates.
import asyncio
import ssl
import subprocess
import tempfile


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def client(who, address, name, context):
    try:
        answer = await talk(address, name, context)
        print(f"{who}: got {answer}")
    except ssl.SSLCertVerificationError as error:
        if "Hostname mismatch" in error.verify_message:
            print(f"{who}: the certificate is for another host")
        else:
            print(f"{who}: nobody vouches for the server")


async def talk(address, name, context):
    reader, writer = await asyncio.open_connection(*address, ssl=context, server_hostname=name)
    writer.write(b"hello\n")
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer.decode().rstrip()


def certificates(folder):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *key, "-subj", "/CN=server", "-keyout", "key.pem", "-out", "request.pem")
    with open(folder + "/names", "w") as names:
        names.write("subjectAltName = DNS:localhost\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-extfile", "names", "-out", "cert.pem")


async def main(folder):
    certificates(folder)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    trusting = ssl.create_default_context(cafile=folder + "/ca.pem")
    strange = ssl.create_default_context()
    # Handshakes that failed: the clients tell of them here.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=served)
    address = server.sockets[0].getsockname()
    await client("the first", address, "localhost", trusting)
    await client("the second", address, "other.example", trusting)
    await client("the third", address, "localhost", strange)
    await asyncio.gather(
        client("one", address, "localhost", trusting),
        client("another", address, "localhost", trusting),
    )
    print("closed")


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder))

from ubuntu:20.04 as Builder
maintainer Somebody <some@body.example>
env DEBIAN_FRONTEND noninteractive
run apt-get update && \

    apt-get install -y wget
label description A server for models
VOLUME /data [x]
EXPOSE 8080:80 443/TCP
CMD python server.py
CMD ['python', 'server.py']
FROM ubuntu:20.04 AS builder

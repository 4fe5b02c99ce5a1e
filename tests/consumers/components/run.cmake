run(${configure})

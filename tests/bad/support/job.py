print("submitted")
